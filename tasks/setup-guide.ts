import { buildTypes, goals, sanitisers, shells } from '../src/faasm/setting-keys.ts';
import { task } from './define.ts';

const onOff = ['on', 'off'] as const;

export const guide = task({
  doc: `Asks what you want to do, and sets it up

Shows the plan before it does anything, keeps the choices in tasks.config.json and offers them next time. Without a
terminal nothing is asked: --yes takes the defaults, --answers=FILE and the flags answer questions.`,
  examples: [
    'tasks setup',
    'tasks setup --yes --goal=build --checkout=faasm --perf',
    'tasks setup --goal=build --print-script > onboard.sh',
  ],
  params: {
    goal: { type: 'string', choices: goals, help: 'What you want to do.' },
    checkout: {
      type: 'string',
      metavar: 'FOLDER',
      values: 'folders',
      help: 'The Faasm checkout, or where it shall go.',
    },
    from: { type: 'string', metavar: 'URL', help: 'Clone it from this URL or path.' },
    buildDir: { type: 'string', metavar: 'FOLDER', values: 'folders', help: 'Where to build.' },
    buildType: { type: 'string', choices: buildTypes, help: "CMake's build type." },
    perf: {
      type: 'string',
      choices: onOff,
      valueOptional: true,
      help: 'Build for profiling with perf.',
    },
    llvm: {
      type: 'string',
      choices: ['auto', 'build', 'dir'],
      help: 'The installed LLVM, one built for perf, or that of --llvm-dir.',
    },
    llvmDir: {
      type: 'string',
      metavar: 'FOLDER',
      values: 'folders',
      help: 'An LLVM of your own.',
    },
    sanitiser: { type: 'string', choices: sanitisers, help: 'Build with this sanitiser.' },
    cluster: {
      type: 'string',
      metavar: 'HOST[:PORT]',
      values: 'planner-hosts',
      help: "Where the cluster's planner listens.",
    },
    machine: {
      type: 'string',
      choices: onOff,
      valueOptional: true,
      help: 'Prepare this machine first: packages, kernel settings.',
    },
    completion: { type: 'string', choices: shells, help: 'Install completion for this shell.' },
    yes: { type: 'bool', short: 'y', help: 'Ask nothing: take the defaults for what no flag says.' },
    answers: {
      type: 'string',
      metavar: 'FILE',
      values: 'files',
      help: 'Answers as JSON: { "goal": "build", "perf": true }.',
    },
    printScript: {
      type: 'bool',
      help: 'Print a POSIX shell script of the plan, for a fresh machine; do nothing.',
    },
  },
  run: async (args, context) => {
    const { setUp } = await import('../src/steps/setup/setup.ts');
    await setUp(args, context);
  },
});

export const functions = task({
  doc: `Puts the demo functions where Faasm's own programs look for functions

Into wasm/USER/FUNC below FAASM_LOCAL_DIR; a function that is there already is left alone.`,
  params: {},
  run: async (_args, context) => {
    const { putDemoFunctions } = await import('../src/steps/setup/demo-functions.ts');
    await putDemoFunctions(context);
  },
});
