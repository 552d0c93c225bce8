import { diffFormatIds } from '../src/flamegraph/formats.ts';
import { callGraphs } from '../src/profile/perf-commands.ts';
import {
  attachParams,
  formatParam,
  programWords,
  recordingParams,
  runParams,
} from '../src/steps/flame/run-params.ts';
import { namespace, task } from './define.ts';
import { filters, grouping, picture, profileFile, reading } from './flame-params.ts';
import { functionParams } from './function-params.ts';

const general = task({
  doc: `Generates a flame graph for the given function

Records the function, or the program in a WebAssembly file, under perf (or V8's own profiler where perf is missing), names its
frames from the module, draws flame.svg and prints where the time went. Ctrl-C ends a recording and draws it. With --from, a file
that another tool wrote is drawn instead.`,
  examples: [
    'tasks flame my.wasm -- 100 --fast < input.txt',
    'tasks flame my.wasm --dir=data --invoke=run -- 7',
    'tasks flame demo echo --reps=5000 --data=foobar',
    'tasks flame demo shapes --reps=200 --format=speedscope --open',
    'tasks flame demo echo --cmd "my_runner --fast" --output=mine.svg',
    'tasks flame --cmd "wasmtime run --profile=jitdump f.wasm" --wasm f.wasm',
    'tasks flame --pid 1234 --duration=10s',
    'tasks flame --from callgrind callgrind.out.1234',
  ],
  remainder: programWords,
  related: ['flame.top', 'flame.diff', 'perf.off-cpu', 'disas.symbols', 'doctor.examine'],
  params: {
    user: {
      ...functionParams.user,
      default: '',
      values: ['users', 'wasm-files'],
      help: 'Owner of the function, or a WebAssembly file; with --from the profile.',
    },
    func: { ...functionParams.func, default: '', notWith: ['from'] },
    cmd: {
      type: 'string',
      short: 'c',
      values: 'files',
      notWith: ['from'],
      help: 'Profile this program with its arguments instead of a runner (no shell).',
    },
    data: { type: 'string', short: 'd', notWith: ['cmd', 'from'], help: "The function's input." },
    ...picture,
    ...filters,
    ...grouping,
    pid: { ...attachParams.pid, notWith: [...attachParams.pid.notWith, 'from', 'sampler=v8'] },
    tid: { ...attachParams.tid, notWith: [...attachParams.tid.notWith, 'from', 'sampler=v8'] },
    name: { ...attachParams.name, notWith: [...attachParams.name.notWith, 'from', 'sampler=v8'] },
    allCpus: { ...attachParams.allCpus, notWith: [...attachParams.allCpus.notWith, 'from', 'sampler=v8'] },
    duration: { ...attachParams.duration, notWith: ['from'] },
    cmdline: { ...runParams.cmdline, notWith: ['cmd', 'from'] },
    dir: { ...runParams.dir, notWith: ['cmd', 'from'] },
    env: { ...runParams.env, notWith: ['cmd', 'from'] },
    invoke: { ...runParams.invoke, notWith: ['cmd', 'from'] },
    reps: { ...runParams.reps, notWith: ['cmd', 'from'] },
    engine: { ...runParams.engine, notWith: ['cmd', 'from'] },
    output: {
      type: 'string',
      metavar: 'FILE',
      values: 'files',
      help: 'Where to write; - is stdout. (default: flame.svg, flame.folded …)',
    },
    ...formatParam,
    frequency: {
      type: 'int',
      min: 1,
      max: 100_000,
      metavar: 'HZ',
      notWith: ['from'],
      help: 'Samples a second. (default: 99; of a file, and with --reps, 999)',
    },
    callGraph: {
      type: 'string',
      choices: callGraphs,
      default: 'fp',
      notWith: ['from', 'sampler=v8'],
      help: 'How perf walks the stack.',
    },
    sampler: {
      type: 'string',
      choices: ['auto', 'perf', 'v8'],
      default: 'auto',
      notWith: ['from'],
      help: 'Who takes the samples.',
    },
    offCpu: {
      type: 'string',
      choices: ['only', 'both'],
      notWith: ['from'],
      help: 'Show where threads wait: only that, or beside where they run; in microseconds.',
    },
    timeout: { ...recordingParams.timeout, notWith: ['from'] },
    keep: { ...recordingParams.keep, notWith: ['from'] },
    ...reading,
    function: { ...reading.function, onlyWith: ['from'] },
    event: { ...reading.event, onlyWith: ['from'] },
    jitdump: { ...reading.jitdump, onlyWith: ['from'] },
    via: { ...reading.via, notWith: ['sampler=v8'] },
    inline: { ...reading.inline, notWith: ['sampler=v8'] },
    cache: { ...reading.cache, notWith: ['sampler=v8'] },
    open: {
      type: 'bool',
      notWith: ['output=-'],
      help: 'Open the result: the SVG in the browser, speedscope in its own viewer (offline).',
    },
  },
  run: async (args, context) => {
    if (args.from !== undefined) {
      const { drawImported } = await import('../src/steps/flame/draw-file.ts');
      return await drawImported(args, context);
    }
    const { flame } = await import('../src/steps/flame/flame.ts');
    await flame(args, context);
  },
});

const fold = task({
  doc: `Prints the stacks of a recording as folded text, one line a stack

Of perf.data and perf script's text the output equals stackcollapse-perf.pl's. With --module, WebAssembly frames get their
source names; such text, and that of other profiles, begins with a line for flame.render, flame.top and flame.diff.`,
  examples: ['perf script | tasks flame.fold - > out.folded', 'tasks flame.fold perf.data --kernel --pid'],
  related: ['flame.render', 'flame.top', 'perf.script'],
  params: {
    file: profileFile,
    pid: { type: 'bool', help: 'Tell processes apart: name-PID.' },
    tid: { type: 'bool', help: 'Tell threads apart: name-PID/TID.' },
    kernel: { type: 'bool', help: 'Mark kernel frames with _[k].' },
    jit: { type: 'bool', help: 'Mark JIT frames with _[j].' },
    all: { type: 'bool', help: 'Both marks.' },
    addrs: { type: 'bool', help: 'Keep the address of frames without a symbol.' },
    eventFilter: {
      type: 'string',
      notWith: ['event'],
      metavar: 'EVENT',
      help: 'Fold this event; by default the first one seen.',
    },
    module: {
      type: 'list',
      notWith: ['verify'],
      metavar: 'FILE',
      values: 'files',
      help: 'A function.wasm whose functions are named in the stacks.',
    },
    focus: { ...filters.focus, notWith: ['verify'] },
    hide: { ...filters.hide, notWith: ['verify'] },
    noKernel: { type: 'bool', notWith: ['verify'], help: "Leave out the kernel's functions." },
    ...grouping,
    ...reading,
    verify: {
      type: 'bool',
      notWith: ['inline'],
      help: 'Read a perf.data file both ways and show the first difference.',
    },
    output: {
      type: 'string',
      metavar: 'FILE',
      values: 'files',
      notWith: ['verify'],
      help: 'Write here instead of stdout.',
    },
  },
  run: async (args, context) => {
    const { foldFile } = await import('../src/steps/flame/fold-file.ts');
    await foldFile(args, context);
  },
});

const render = task({
  doc: 'Draws a flame graph of a profile',
  examples: [
    'tasks flame.render out.folded --output=out.svg',
    'tasks flame.render perf.data --function=demo/echo --by=thread --format=firefox',
  ],
  related: ['flame.general', 'flame.fold', 'flame.diff'],
  params: {
    file: profileFile,
    ...picture,
    ...filters,
    ...grouping,
    ...reading,
    ...formatParam,
    output: {
      type: 'string',
      metavar: 'FILE',
      values: 'files',
      help: 'Where to write; - is stdout. (default: flame.svg, flame.json …)',
    },
  },
  run: async (args, context) => {
    const { renderFile } = await import('../src/steps/flame/draw-file.ts');
    await renderFile(args, context);
  },
});

const diff = task({
  doc: `Draws the difference of two profiles

One picture shows both, what vanished too, each side taken as a whole of its own. Coloured is only what sampling error does
not explain; the table lists the functions whose own time changed most.`,
  examples: [
    'tasks flame demo echo --reps=5000 --format=folded --output=before.folded',
    'tasks flame.diff before.folded after.folded --output=diff.svg',
  ],
  related: ['flame.general', 'bench.compare'],
  params: {
    before: profileFile,
    after: { ...profileFile, help: 'The same, of what it is compared with.' },
    ...picture,
    ...filters,
    ...grouping,
    ...reading,
    format: {
      type: 'string',
      choices: diffFormatIds,
      help: "What to write; folded is stack, samples before, samples after. (default: as --output's ending says, else svg)",
    },
    output: {
      type: 'string',
      metavar: 'FILE',
      values: 'files',
      help: 'Where to write; - is stdout. (default: flame.diff.svg …)',
    },
  },
  run: async (args, context) => {
    const { diffFiles } = await import('../src/steps/flame/diff-files.ts');
    await diffFiles(args, context);
  },
});

const top = task({
  doc: `Prints where the time of a profile went, in numbers

Exit code 0 says that there were samples, 1 that there were
none or that FILE is no profile.`,
  examples: [
    'tasks flame.top perf.data --function=demo/echo --kind=wasm',
    'tasks flame.top out.folded --by=total --most=3 --json --quiet',
  ],
  exitCodes: { 0: 'there were samples', 1: 'there were none, or FILE is no profile' },
  related: ['flame.render', 'flame.diff'],
  params: {
    file: profileFile,
    by: {
      type: 'string',
      choices: ['self', 'total'],
      default: 'self',
      help: 'Sort by own time, or by that of all a function called.',
    },
    kind: {
      type: 'string',
      choices: ['wasm', 'engine', 'native', 'kernel', 'blocked', 'unknown'],
      help: 'List only functions of this kind.',
    },
    most: {
      type: 'int',
      min: 1,
      default: 10,
      metavar: 'N',
      help: 'How many functions to list.',
    },
    ...filters,
    ...reading,
  },
  run: async (args, context) => {
    const { topFile } = await import('../src/steps/flame/top-file.ts');
    await topFile(args, context);
  },
});

export default namespace({
  doc: 'Flame graphs: record, fold, draw',
  default: 'general',
  tasks: { general, diff, fold, render, top },
});
