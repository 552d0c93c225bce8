import { basename, dirname, join } from 'node:path';
import { settingDefaults } from '../faasm/setting-keys.ts';
import type { Answers, SetupFacts } from './questions.ts';

/** Something a step runs: a task of this very program, or another program. */
export type PlanCommand =
  | { readonly kind: 'tasks'; readonly args: readonly string[] }
  | { readonly kind: 'program'; readonly argv: readonly [string, ...string[]] }
  /** A playbook of ours where there is Ansible, else the same by hand. */
  | { readonly kind: 'prepare'; readonly task: string };

/** A step as a run, a dry run and a script need it. */
export interface PlannedStep {
  readonly title: string;
  readonly why: string;
  readonly commands: readonly PlanCommand[];
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  /** A path that shows that the step was done before. */
  readonly unless?: string;
  /** Removed when the step does not end well. */
  readonly scratch?: string;
  /** What to try when it fails. */
  readonly hints?: readonly string[];
}

/** What setup will do, in order; all of it can be printed as commands. */
export interface Plan {
  readonly steps: readonly PlannedStep[];
  /** For every step: Faasm's own variables, because settings are written last. */
  readonly variables: Readonly<Record<string, string>>;
  /** Arguments that a script must not take for paths of its own: where a clone comes from. */
  readonly fixed?: readonly string[];
  /** The first useful command afterwards. */
  readonly next: string;
}

type BuildAnswers = Extract<Answers, { goal: 'build' }>;

/** Turns answers into steps. Nothing is looked at but the facts; the same answers give the same plan. */
export function planOf(answers: Answers, facts: SetupFacts): Plan {
  const ending = [...completionSteps(answers), keepStep(settingsOf(answers, facts))];
  const graph = join(facts.cwd, 'flame.svg');
  switch (answers.goal) {
    case 'profile':
      return {
        steps: [...prepareSteps(answers.machine, ['perf']), firstGraph([], [], graph), ...ending],
        variables: {},
        next: 'tasks flame demo shapes --reps=200 --open',
      };
    case 'build':
      return {
        steps: [...buildSteps(answers, facts), ...ending],
        variables: variablesOf(answers, facts),
        fixed: answers.from === undefined ? [] : [answers.from],
        next: 'tasks flame demo echo --reps=5000 --data=foobar --open',
      };
    case 'invoke':
      return { steps: ending, variables: {}, next: 'tasks invoke demo hello' };
    default:
      return {
        steps: [...prepareSteps(answers.machine, ['pcp']), ...ending],
        variables: {},
        next: 'tasks doctor monitor',
      };
  }
}

function buildSteps(answers: BuildAnswers, facts: SetupFacts): PlannedStep[] {
  const { checkout, buildDir, buildType, perf, llvm, sanitiser, machine } = answers;
  const isPerf = perf === 'on';
  const configure = [
    'dev.cmake',
    `--build=${buildType}`,
    ...(isPerf ? ['--perf'] : []),
    `--sanitiser=${sanitiser}`,
  ];
  const targets = ['func_runner', 'func_sym', ...(isPerf ? ['microbench_runner'] : [])];
  return [
    ...checkoutSteps(answers, facts),
    ...prepareSteps(machine, isPerf ? ['compilers', 'perf'] : ['compilers']),
    ...(isPerf && llvm === 'build' ? [llvmStep(ownLlvm(answers))] : []),
    tasksStep(`Configure a ${buildType} build`, configure, {
      why: 'a build directory belongs to a checkout and its options',
      inputs: [checkout],
      outputs: [buildDir],
    }),
    ...targets.map((target) =>
      tasksStep(`Build ${target}`, ['dev.cc', target], {
        why: 'it is not built yet, or older than its sources',
        inputs: [buildDir],
        outputs: [join(buildDir, 'bin', target)],
      }),
    ),
    tasksStep('Put the demo functions where Faasm looks for functions', ['setup.functions'], {
      why: 'there is something to run at once',
      outputs: [join(foldersOf(answers, facts).localDir, 'wasm')],
    }),
    ...(isPerf
      ? [firstGraph(['--engine=faasm'], [join(buildDir, 'bin', 'func_runner')], join(facts.cwd, 'flame.svg'))]
      : []),
  ];
}

function llvmStep(dir: string): PlannedStep {
  return tasksStep('Build the LLVM for perf', ['dev.llvm', '--force', '--components', `--dir=${dir}`], {
    why: '--llvm=build',
    outputs: [join(dir, 'build')],
  });
}

/** Cloned beside its place and moved there, so that what is there is always whole. */
function checkoutSteps({ checkout, from }: BuildAnswers, facts: SetupFacts): PlannedStep[] {
  const state = facts.checkoutAt(checkout);
  if (state === 'checkout') {
    if (!facts.lacksSubmodules(checkout)) return [];
    const argv = ['git', '-C', checkout, 'submodule', 'update', '--init', '--recursive'] as const;
    return [
      {
        title: "Fetch the checkout's submodules",
        why: 'they were never fetched',
        commands: [{ kind: 'program', argv }],
        inputs: [checkout],
        outputs: [checkout],
      },
    ];
  }
  const partial = join(dirname(checkout), `.${basename(checkout)}.partial`);
  const run = (...argv: [string, ...string[]]): PlanCommand => ({ kind: 'program', argv });
  const commands = [
    run('mkdir', '-p', dirname(checkout)),
    run('rm', '-rf', partial),
    run('git', 'clone', '--recurse-submodules', '--', from ?? '', partial),
    ...(state === 'empty' ? [run('rmdir', checkout)] : []),
    run('mv', partial, checkout),
  ];
  return [
    {
      title: `Clone Faasm from ${from}`,
      why: 'a clone appears in its place whole or not at all',
      commands,
      outputs: [checkout],
      unless: join(checkout, 'CMakeLists.txt'),
      scratch: partial,
      hints: ['No network? Clone from a copy on disk with --from=FOLDER.'],
    },
  ];
}

function prepareSteps(machine: 'on' | 'off', topics: readonly string[]): PlannedStep[] {
  if (machine === 'off') return [];
  return topics.map((topic) => ({
    title: `Prepare this machine: ${topic}`,
    why: '--machine=on',
    commands: [{ kind: 'prepare', task: `setup.${topic}` }],
  }));
}

function firstGraph(more: readonly string[], inputs: readonly string[], output: string): PlannedStep {
  const line = ['flame', 'demo', 'echo', '--reps=2000', '--data=foobar', '--output=flame.svg', ...more];
  return tasksStep('Draw a first flame graph of demo/echo', line, {
    why: 'it proves that all of it works',
    inputs,
    outputs: [output],
  });
}

function completionSteps({ completion }: Answers): PlannedStep[] {
  if (completion === 'none') return [];
  const why = `--completion=${completion}`;
  return [tasksStep(`Install completion for ${completion}`, ['setup.completion', completion], { why })];
}

function keepStep(settings: readonly (readonly [flag: string, value: string | undefined])[]): PlannedStep {
  const args = settings.map(([flag, value]) =>
    value === undefined ? `--unset=${flag}` : `--${flag}=${value}`,
  );
  return tasksStep('Keep the choices in tasks.config.json', ['config.set', ...args], {
    why: 'all of it went well; the next setup begins with them',
    outputs: ['tasks.config.json'],
  });
}

function tasksStep(
  title: string,
  args: readonly string[],
  about: Pick<PlannedStep, 'why' | 'inputs' | 'outputs'>,
): PlannedStep {
  return { title, commands: [{ kind: 'tasks', args }], ...about };
}

/** What is kept for next time, as flags of `config.set`; undefined takes a setting out. */
function settingsOf(answers: Answers, facts: SetupFacts): [flag: string, value: string | undefined][] {
  const { goal, completion } = answers;
  const kept: [string, string | undefined][] = [
    ['goal', goal],
    ['completion', completion],
  ];
  if (goal === 'build') {
    const { checkout, buildDir, buildType, perf, sanitiser } = answers;
    const { installDir, localDir } = foldersOf(answers, facts);
    kept.push(
      ['checkout', checkout],
      ['build-dir', buildDir],
      ['install-dir', installDir],
      ['local-dir', localDir],
      ['build-type', buildType],
      ['perf', perf],
      ['sanitiser', sanitiser],
      ['llvm-dir', llvmOf(answers)],
    );
  } else if (goal !== 'profile') {
    const [, host = '', port] = /^(.*?)(?::(\d+))?$/.exec(answers.cluster) ?? [];
    kept.push(['planner-host', host.replace(/^\[(.*)\]$/, '$1')]);
    if (port !== undefined) kept.push(['planner-port', port]);
  }
  return kept;
}

function foldersOf({ checkout }: BuildAnswers, { chosen, canWrite }: SetupFacts) {
  // Without root these stay below the checkout, where `bin/workon.sh terminal` has them as well.
  const usable = (folder: string, own: string): string => (canWrite(folder) ? folder : join(checkout, own));
  return {
    installDir: chosen('installDir') ?? usable(settingDefaults.installDir, 'dev/native/install'),
    localDir: chosen('localDir') ?? usable(settingDefaults.localDir, 'dev/faasm-local'),
  };
}

function variablesOf(answers: BuildAnswers, facts: SetupFacts): Record<string, string> {
  const { installDir, localDir } = foldersOf(answers, facts);
  const llvm = llvmOf(answers);
  return {
    FAASM_ROOT: answers.checkout,
    FAASM_BUILD_DIR: answers.buildDir,
    FAASM_INSTALL_DIR: installDir,
    FAASM_LOCAL_DIR: localDir,
    ...(llvm === undefined ? {} : { LLVM_DIR: llvm }),
  };
}

/** The LLVM to build with, where it is not left to the build. */
function llvmOf(answers: BuildAnswers): string | undefined {
  if (answers.perf === 'off' || answers.llvm === 'auto') return undefined;
  return answers.llvm === 'build' ? join(ownLlvm(answers), 'build') : answers.llvmDir;
}

/** Where dev.llvm works; its build tree is an LLVM like an installed one. */
function ownLlvm({ checkout }: BuildAnswers): string {
  return join(checkout, 'dev/llvm-perf');
}
