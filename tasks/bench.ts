import { engineChoices } from '../src/engine/choices.ts';
import { plot } from './bench-plot.ts';
import { namespace, task } from './define.ts';

const measuring = {
  repeats: {
    type: 'int',
    default: 1,
    min: 1,
    max: 1000,
    help: 'Measure each line so often, in a process of its own each time; every repeat has the n_runs of the spec.',
  },
  warmup: {
    type: 'int',
    default: 0,
    min: 0,
    max: 1_000_000,
    help: 'Calls in each process that are made and left out, besides the one of the runner itself.',
  },
  timeout: {
    type: 'float',
    min: 0.1,
    metavar: 'SECONDS',
    help: 'Give up on a line whose process takes longer; what it measured is kept.',
  },
  seed: {
    type: 'int',
    default: 1,
    min: 0,
    max: 0xffff_ffff,
    help: 'Of the order of lines in later repeats, and of the bootstrap.',
  },
} as const;

const measure = task({
  doc: `Measures functions with microbench_runner, into a results file of Faasm's format

SPEC has lines of user,func,n_runs,input. OUT grows while it runs, so that an interrupted run keeps what it measured;
machine, engine, commit and spec go to OUT.json beside it.`,
  examples: [
    'tasks bench spec.csv bench.csv',
    'tasks bench spec.csv bench.csv --repeats=5 --warmup=10',
    'tasks bench spec.csv bench.csv --target-error=1% --max-time=600',
    'tasks bench spec.csv bench.csv --resume',
  ],
  related: ['bench.init', 'bench.compare', 'bench.plot', 'bench.history'],
  params: {
    spec: {
      type: 'string',
      positional: true,
      values: 'files',
      help: 'What to measure; see bench.init.',
    },
    out: {
      type: 'string',
      positional: true,
      values: 'files',
      default: 'bench.csv',
      help: 'Where the results go.',
    },
    engine: {
      type: 'string',
      choices: engineChoices,
      default: 'auto',
      help: "Faasm's own runner, or the embedded WebAssembly host.",
    },
    ...measuring,
    targetError: {
      type: 'string',
      metavar: 'N%',
      help: "Then go on until half of each median's 95 % interval is within this share of it.",
    },
    maxTime: {
      type: 'float',
      default: 300,
      min: 1,
      metavar: 'SECONDS',
      onlyWith: ['targetError'],
      help: 'The most time that --target-error adds.',
    },
    resume: { type: 'bool', help: 'Go on with OUT where it stopped.' },
    history: {
      type: 'string',
      valueOptional: true,
      metavar: 'FILE',
      values: 'files',
      help: 'Add the summary to a history, bench-history.jsonl by default; see bench.history.',
    },
  },
  run: async (args, context) => {
    const { runBench } = await import('../src/steps/bench/measure.ts');
    await runBench(args, context);
  },
});

const judging = {
  threshold: {
    type: 'string',
    default: '5%',
    metavar: 'N%',
    help: 'The smallest change that matters; what is surely within it is the same.',
  },
  failOn: {
    type: 'string',
    choices: ['regression', 'noisy'],
    help: 'Exit code 1 unless every function is proved good enough: slower, failed, cut, missing, new (noisy: also too noisy to say).',
  },
  allowMissing: { type: 'bool', help: 'Let functions pass --fail-on that one side alone has.' },
  markdown: { type: 'bool', help: 'Print a table for a pull request.' },
  explain: {
    type: 'bool',
    help: 'Record what got slower on both sides, and draw the difference as a flame graph.',
  },
} as const;

const compare = task({
  doc: `Compares two results files, with a verdict for each function

Faster, slower, same (surely within the threshold) or noisy (too noisy to say, and what it would take); failed, cut, missing
and new are what has no times to compare. With --json stdout is one array of objects with user, function, verdict and the
numbers behind it.`,
  examples: [
    'tasks bench.compare old.csv new.csv',
    'tasks bench.compare old.csv new.csv --threshold=3% --fail-on=regression --markdown',
  ],
  exitCodes: { 0: 'compared', 1: 'no function in common, or with --fail-on: one is not proved good enough' },
  related: ['bench.ab', 'bench.plot', 'flame.diff'],
  params: {
    base: { type: 'string', positional: true, values: 'files', help: 'The results before.' },
    new: { type: 'string', positional: true, values: 'files', help: 'The results after.' },
    ...judging,
    noise: {
      type: 'string',
      metavar: 'N%',
      help: 'How much equal processes differ, as bench.aa says; for files of one process. (default: 1%)',
    },
    seed: measuring.seed,
  },
  run: async (args, context) => {
    const { compareFiles } = await import('../src/steps/bench/compare.ts');
    await compareFiles(args, context);
  },
});

const interleaved = {
  ...measuring,
  repeats: { ...measuring.repeats, default: 6, help: 'Processes of each side for each line.' },
  resume: { type: 'bool', help: 'Go on with both files where they stopped.' },
} as const;

const ab = task({
  doc: `Measures two engines or builds in turns, and compares them

Processes of A and B alternate in random ABBA order, so that drift and heat hit both. Results go to OUT.a.csv and OUT.b.csv.`,
  examples: [
    'tasks bench.ab spec.csv --a=/build/main --b=/build/mine',
    'tasks bench.ab spec.csv --a=faasm --b=embedded --repeats=10',
  ],
  params: {
    spec: {
      type: 'string',
      positional: true,
      values: 'files',
      help: 'What to measure; see bench.init.',
    },
    out: {
      type: 'string',
      positional: true,
      values: 'files',
      default: 'bench-ab',
      help: 'How the two results files begin.',
    },
    a: {
      type: 'string',
      values: 'files',
      help: 'embedded, faasm, a build directory, a microbench_runner, or a command that takes SPEC OUT.',
    },
    b: { type: 'string', values: 'files', help: 'The same, for what is compared with A.' },
    ...interleaved,
    ...judging,
  },
  run: async (args, context) => {
    const { runAb } = await import('../src/steps/bench/ab.ts');
    await runAb(args, context);
  },
});

const aa = task({
  doc: `Measures one engine against itself: this machine's noise floor

What differs between equal processes is noise; smaller differences than that mean nothing here.`,
  examples: ['tasks bench.aa spec.csv', 'tasks bench.aa spec.csv --repeats=20'],
  params: {
    spec: {
      type: 'string',
      positional: true,
      values: 'files',
      help: 'What to measure; see bench.init.',
    },
    out: {
      type: 'string',
      positional: true,
      values: 'files',
      default: 'bench-aa',
      help: 'How the two results files begin.',
    },
    engine: {
      type: 'string',
      default: 'auto',
      values: 'files',
      help: 'embedded, faasm, a build directory, a microbench_runner, or a command that takes SPEC OUT.',
    },
    ...interleaved,
    threshold: judging.threshold,
  },
  run: async (args, context) => {
    const { runAa } = await import('../src/steps/bench/ab.ts');
    await runAa(args, context);
  },
});

const history = task({
  doc: `Lists what was measured at which commit, or adds results to it

A line is one measurement, keyed by commit and by a description of the machine that survives reboots.`,
  examples: ['tasks bench.history', 'tasks bench.history add bench.csv'],
  params: {
    action: {
      type: 'string',
      positional: true,
      choices: ['list', 'add'],
      default: 'list',
      help: 'What to do.',
    },
    out: {
      type: 'string',
      positional: true,
      default: '',
      values: 'files',
      onlyWith: ['action=add'],
      help: 'The results to add.',
    },
    file: {
      type: 'string',
      default: 'bench-history.jsonl',
      metavar: 'FILE',
      values: 'files',
      help: 'The history: JSON lines, only ever appended to.',
    },
    seed: { ...measuring.seed, onlyWith: ['action=add'] },
  },
  run: async (args, context) => {
    const { runHistory } = await import('../src/steps/bench/history-file.ts');
    await runHistory(args, context);
  },
});

const init = task({
  doc: `Writes a spec from the functions that are there

Each is called a few times first: n_runs are such that a line takes about a second, and functions that fail or do not
end are left out with the reason.`,
  examples: ['tasks bench.init', 'tasks bench.init spec.csv --user=demo --runs=500'],
  params: {
    spec: {
      type: 'string',
      positional: true,
      values: 'files',
      default: 'spec.csv',
      help: 'The spec to write.',
    },
    user: { type: 'string', values: 'users', help: 'Only functions of this user.' },
    runs: { type: 'int', min: 1, max: 999_999_999, help: 'n_runs of every line.' },
    engine: {
      type: 'string',
      choices: engineChoices,
      default: 'auto',
      help: 'What tries the functions.',
    },
    force: { type: 'bool', help: 'Write over a spec that is there.' },
  },
  run: async (args, context) => {
    const { initSpec } = await import('../src/steps/bench/init-spec.ts');
    await initSpec(args, context);
  },
});

export default namespace({
  doc: 'Microbenchmarks: measure, summarise, plot, compare',
  default: 'measure',
  tasks: { measure, plot, compare, ab, aa, init, history },
});
