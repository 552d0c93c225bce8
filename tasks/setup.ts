import { buildTypes, goals, sanitisers, shells } from '../src/faasm/setting-keys.ts';
import type { PlaybookName } from '../src/machine/playbooks.ts';
import type { TaskContext } from '../src/runner/context.ts';
import type { PrepareArgs } from '../src/steps/machine/prepare.ts';
import { namespace, task } from './define.ts';
import { llvm } from './dev-llvm.ts';

const onOff = ['on', 'off'] as const;

const guide = task({
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

const functions = task({
  doc: `Puts the demo functions where Faasm's own programs look for functions

Into wasm/USER/FUNC below FAASM_LOCAL_DIR; a function that is there already is left alone.`,
  params: {},
  run: async (_args, context) => {
    const { putDemoFunctions } = await import('../src/steps/setup/demo-functions.ts');
    await putDemoFunctions(context);
  },
});

const common = {
  check: { type: 'bool', short: 'c', notWith: ['byHand'], help: 'Show what would change, change nothing.' },
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

const perf = task({
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
      notWith: ['undo'],
      help: 'kernel.perf_event_paranoid: 1 is enough for flame graphs, off-CPU profiles need -1. (default: -1)',
    },
    undo: { type: 'bool', help: 'Take back what this did: settings, files, packages.' },
  },
  run: async (args, context) => await prepare('perf', args, context),
});

const compilers = task({
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

const pcp = task({
  doc: `Installs Performance Co-Pilot and starts its services

${how}
tasks monitor.setup does the same and says what to look at then.`,
  params: {
    ...common,
    undo: { type: 'bool', help: 'Take back what this did: services, packages.' },
  },
  run: async (args, context) => await prepare('pcp', args, context),
});

const valgrind = task({
  doc: `Installs Valgrind and the symbols it wants

${how}`,
  params: common,
  run: async (args, context) => await prepare('valgrind', args, context),
});

const completion = task({
  doc: `Installs completion of task names, flags and choices for a shell

Writes one script into your own folders; the shell asks the program itself what could come next.`,
  examples: ['tasks setup.completion bash'],
  related: ['setup.guide'],
  params: {
    shell: {
      type: 'string',
      positional: true,
      choices: ['bash', 'zsh', 'fish'],
      help: 'bash, zsh or fish.',
    },
  },
  run: async (args, context) => {
    const { installCompletion } = await import('../src/steps/setup/shell-completion.ts');
    await installCompletion(args, context);
  },
});

export default namespace({
  doc: 'From a clone to a working build; prepare this machine, or others',
  default: 'guide',
  tasks: { guide, compilers, completion, functions, llvm, pcp, perf, valgrind },
});
