import { namespace, task } from './define.ts';

const examine = task({
  doc: `Says what this machine lacks, and the command that fixes it

Grouped by what you want to do. Exit code 0 means that it can be done here: the goal that you name, without one profiling.`,
  examples: ['tasks doctor', 'tasks doctor build', 'tasks doctor profile --fix', 'tasks doctor --json'],
  exitCodes: { 0: 'the goal can be reached here', 3: 'something that the goal needs is missing' },
  related: ['setup.guide', 'setup.perf', 'setup.compilers'],
  params: {
    goal: {
      type: 'string',
      positional: true,
      choices: ['all', 'profile', 'build', 'invoke', 'monitor'],
      default: 'all',
      help: 'What you want to do.',
    },
    fix: {
      type: 'bool',
      help: 'Install missing packages and change kernel settings, after showing the commands.',
    },
    yes: { type: 'bool', short: 'y', onlyWith: ['fix'], help: 'Do not ask.' },
  },
  run: async (args, context) => {
    const { examine: run } = await import('../src/steps/doctor/examine.ts');
    await run(args, context);
  },
});

export default namespace({
  doc: 'What this machine lacks',
  default: 'examine',
  tasks: { examine },
});
