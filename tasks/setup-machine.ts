import type { PlaybookName } from '../src/machine/playbooks.ts';
import type { TaskContext } from '../src/runner/context.ts';
import type { PrepareArgs } from '../src/steps/machine/prepare.ts';
import { task } from './define.ts';

const common = {
  check: { type: 'bool', short: 'c', help: 'Show what would change, change nothing.' },
  byHand: { type: 'bool', help: 'Print the commands to type instead.' },
  hosts: {
    type: 'string',
    metavar: 'FILE',
    values: 'files',
    help: 'Prepare the machines of this Ansible inventory instead of this one.',
  },
} as const;

const how = `Runs the package's Ansible playbook step by step, as root or with sudo; without Ansible it prints the commands to type.
Running it twice changes nothing.`;

async function prepare(name: PlaybookName, args: PrepareArgs, context: TaskContext): Promise<void> {
  const { prepareMachine } = await import('../src/steps/machine/prepare.ts');
  await prepareMachine(name, args, context);
}

export const perf = task({
  doc: `Prepares the machine for profiling: perf, and kernel settings that let you record

${how}`,
  examples: ['tasks setup.perf --check', 'tasks setup.perf --hosts=hosts.yml', 'tasks setup.perf --undo'],
  params: {
    ...common,
    paranoid: {
      type: 'int',
      min: -1,
      max: 4,
      metavar: 'LEVEL',
      help: 'kernel.perf_event_paranoid: 1 is enough for flame graphs, off-CPU profiles need -1. (default: -1)',
    },
    undo: { type: 'bool', help: 'Take back what this did: settings, files, packages.' },
  },
  run: async (args, context) => await prepare('perf', args, context),
});

export const compilers = task({
  doc: `Installs what building Faasm and LLVM needs: compilers, CMake, Ninja, LLVM's libraries

${how}`,
  examples: ['tasks setup.compilers', 'tasks setup.compilers --llvm-version=16'],
  params: {
    ...common,
    llvmVersion: {
      type: 'int',
      min: 3,
      metavar: 'N',
      help: "Clang, lld and LLVM of this version instead of the distribution's own.",
    },
  },
  run: async (args, context) => await prepare('compilers', args, context),
});

export const pcp = task({
  doc: `Installs Performance Co-Pilot and starts its services

${how}
tasks monitor.setup does the same and says what to look at then.`,
  params: {
    ...common,
    undo: { type: 'bool', help: 'Take back what this did: services, packages.' },
  },
  run: async (args, context) => await prepare('pcp', args, context),
});

export const valgrind = task({
  doc: `Installs Valgrind and the symbols it wants

${how}`,
  params: common,
  run: async (args, context) => await prepare('valgrind', args, context),
});
