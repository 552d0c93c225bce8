import { callGraphs } from '../src/profile/perf-commands.ts';
import {
  attachParams,
  cacheParam,
  formatParam,
  programWords,
  recordingParams,
  runParams,
} from '../src/steps/flame/run-params.ts';
import { namespace, task } from './define.ts';
import { filters, reading } from './flame-params.ts';

const target = {
  user: {
    type: 'string',
    positional: true,
    default: '',
    values: ['users', 'wasm-files'],
    help: 'Owner of the function, or a WebAssembly file.',
  },
  func: {
    type: 'string',
    positional: true,
    default: '',
    values: 'functions',
    help: 'Name of the function.',
  },
  cmd: {
    type: 'string',
    values: 'files',
    help: 'Record this program with its arguments instead of a function (no shell).',
  },
  data: { type: 'string', notWith: ['cmd'], help: "The function's input." },
  cmdline: { ...runParams.cmdline, notWith: ['cmd'] },
  dir: { ...runParams.dir, notWith: ['cmd'] },
  env: { ...runParams.env, notWith: ['cmd'] },
  invoke: { ...runParams.invoke, notWith: ['cmd'] },
  ...attachParams,
  reps: { ...runParams.reps, notWith: ['cmd'] },
  engine: { ...runParams.engine, notWith: ['cmd'] },
} as const;
const sampling = {
  frequency: {
    type: 'int',
    default: 99,
    min: 1,
    max: 100_000,
    metavar: 'HZ',
    help: 'Samples a second.',
  },
  callGraph: {
    type: 'string',
    choices: callGraphs,
    default: 'fp',
    help: 'How perf walks the stack; dwarf for native code without frame pointers.',
  },
} as const;
const output = {
  type: 'string',
  default: 'perf.data',
  metavar: 'FILE',
  values: 'files',
  help: 'Where the recording goes; dumps of JIT code go to FILE.files.',
} as const;
/** Of a task that reads a recording, and makes it where there is none: what only making it needs. */
const made = {
  data: { ...target.data, onlyWith: ['user'] },
  cmdline: { ...target.cmdline, onlyWith: ['user'] },
  dir: { ...target.dir, onlyWith: ['user'] },
  env: { ...target.env, onlyWith: ['user'] },
  invoke: { ...target.invoke, onlyWith: ['user'] },
  reps: { ...target.reps, onlyWith: ['user'] },
  engine: { ...target.engine, onlyWith: ['user'] },
  frequency: { ...sampling.frequency, onlyWith: ['user', 'cmd'] },
  callGraph: { ...sampling.callGraph, onlyWith: ['user', 'cmd'] },
} as const;
const input = {
  type: 'string',
  metavar: 'FILE',
  values: ['recordings', 'files'],
  help: 'The recording. (default: perf.data, recorded first where there is none)',
} as const;

const record = task({
  doc: `Records a function or a program with perf

perf record -k 1 -F 99 -g, with JIT dumps beside the recording and nothing in ~/.debug.`,
  examples: [
    'tasks perf.record demo echo --reps=5000',
    'tasks perf.record demo echo --engine=faasm --call-graph=dwarf',
    'tasks perf.record --cmd "my_runner --fast" --output=mine.data',
  ],
  remainder: programWords,
  related: ['perf.report', 'perf.inject', 'flame.render', 'flame.top'],
  params: { ...target, ...sampling, output },
  run: async (args, context) => {
    const { record } = await import('../src/steps/perf/record.ts');
    await record(args, context);
  },
});

const inject = task({
  doc: `Adds the symbols of JIT code to a recording

perf inject -j, for perf.report and perf.script; \`tasks flame\` does not need it.`,
  examples: ['tasks perf.inject', 'tasks perf.inject demo echo --input=mine.data'],
  related: ['perf.report', 'perf.script'],
  params: {
    ...target,
    ...made,
    input,
    output: {
      type: 'string',
      metavar: 'FILE',
      values: 'files',
      help: 'What to write. (default: INPUT.jit)',
    },
  },
  run: async (args, context) => {
    const { inject } = await import('../src/steps/perf/read.ts');
    await inject(args, context);
  },
});

const report = task({
  doc: `Shows a recording in perf's own browser, as text where there is no terminal

With a flag for names or filters, or a profile that is not perf's, the functions are listed as flame.top lists them.`,
  examples: [
    'tasks perf.report',
    'tasks perf.report --function=demo/echo --focus=wasm',
    'tasks perf.report --input=mine.data | head -40',
  ],
  related: ['perf.record', 'perf.inject', 'flame.top'],
  params: { ...target, ...made, input, ...filters, ...reading },
  run: async (args, context) => {
    const { report } = await import('../src/steps/perf/read.ts');
    await report(args, context);
  },
});

const script = task({
  doc: "Prints a recording's samples as perf's text",
  examples: ['tasks perf.script | tasks flame.fold - > out.folded'],
  params: { ...target, ...made, input },
  run: async (args, context) => {
    const { script } = await import('../src/steps/perf/read.ts');
    await script(args, context);
  },
});

const offCpu = task({
  doc: `Draws where a function or a program waits

Context switches with their stacks; a frame is as wide as the microseconds its threads were off their processors.`,
  examples: [
    'tasks perf.off-cpu demo echo --reps=500',
    'tasks perf.off-cpu --cmd "my_server --once" --format=folded --output=waits.folded',
  ],
  remainder: programWords,
  related: ['flame.general', 'perf.hotspot'],
  params: {
    ...target,
    output: {
      type: 'string',
      metavar: 'FILE',
      values: 'files',
      help: 'Where to write; - is stdout. (default: off-cpu.svg, off-cpu.folded …)',
    },
    ...formatParam,
    title: { type: 'string', help: 'Title of the graph.' },
    ...recordingParams,
    ...cacheParam,
    open: { type: 'bool', notWith: ['output=-'], help: 'Open the result.' },
  },
  run: async (args, context) => {
    const { offCpu } = await import('../src/steps/perf/off-cpu.ts');
    await offCpu(args, context);
  },
});

const hotspot = task({
  doc: `Records what KDAB's Hotspot shows best, and opens it there

Processor time and every context switch with its stack and processor: Hotspot's own off-CPU flags.`,
  examples: ['tasks perf.hotspot demo echo --reps=5000', 'tasks perf.hotspot --cmd "my_runner --fast"'],
  remainder: programWords,
  params: {
    ...target,
    ...sampling,
    output: { ...output, default: 'hotspot.data' },
    open: { type: 'bool', default: true, help: 'Open it; --no-open only records.' },
  },
  run: async (args, context) => {
    const { hotspot } = await import('../src/steps/perf/hotspot.ts');
    await hotspot(args, context);
  },
});

export default namespace({
  doc: "Linux perf's own runs, made safe",
  default: 'record',
  tasks: { record, inject, report, script, 'off-cpu': offCpu, hotspot },
});
