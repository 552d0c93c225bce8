import { engineChoices } from '../src/engine/choices.ts';
import { defineNamespace, defineTask } from '../src/runner/define.ts';

const measuring = {
  repeats: {
    type: 'int',
    default: 1,
    min: 1,
    max: 1000,
    short: false,
    help: 'Measure each line so often, in a process of its own each time; every repeat has the n_runs of the spec.',
  },
  warmup: {
    type: 'int',
    default: 0,
    min: 0,
    max: 1_000_000,
    short: false,
    help: 'Calls in each process that are made and left out, besides the one of the runner itself.',
  },
  timeout: {
    type: 'float',
    min: 0.1,
    short: false,
    metavar: 'SECONDS',
    help: 'Give up on a line whose process takes longer; what it measured is kept.',
  },
  seed: {
    type: 'int',
    default: 1,
    min: 0,
    max: 0xffff_ffff,
    short: false,
    help: 'Of the order of lines in later repeats, and of the bootstrap.',
  },
} as const;

const measure = defineTask({
  doc: `Measures functions with microbench_runner, into a results file of Faasm's format

SPEC has lines of user,func,n_runs,input. OUT grows while it runs, so that an interrupted run keeps what it measured;
machine, engine, commit and spec go to OUT.json beside it.`,
  examples: [
    'tasks bench spec.csv bench.csv',
    'tasks bench spec.csv bench.csv --repeats=5 --warmup=10',
    'tasks bench spec.csv bench.csv --target-error=1% --max-time=600',
    'tasks bench spec.csv bench.csv --resume',
  ],
  params: {
    spec: { type: 'string', positional: true, short: false, help: 'What to measure; see bench.init.' },
    out: {
      type: 'string',
      positional: true,
      default: 'bench.csv',
      short: false,
      help: 'Where the results go.',
    },
    engine: {
      type: 'string',
      choices: engineChoices,
      default: 'auto',
      short: false,
      help: "Faasm's own runner, or the embedded WebAssembly host.",
    },
    ...measuring,
    targetError: {
      type: 'string',
      short: false,
      metavar: 'N%',
      help: "Then go on until half of each median's 95 % interval is within this share of it.",
    },
    maxTime: {
      type: 'float',
      default: 300,
      min: 1,
      short: false,
      metavar: 'SECONDS',
      help: 'The most time that --target-error adds.',
    },
    resume: { type: 'bool', short: false, help: 'Go on with OUT where it stopped.' },
    history: {
      type: 'bool',
      short: false,
      help: 'Add the summary to bench-history.jsonl; see bench.history.',
    },
  },
  run: async (args, context) => {
    const { runBench } = await import('../src/steps/bench/bench-job.ts');
    await runBench(args, context);
  },
});

export default defineNamespace({
  doc: 'Microbenchmarks: measure, summarise, plot, compare',
  default: 'measure',
  tasks: { measure },
});
