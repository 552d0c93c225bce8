import { namespace, task } from './define.ts';
import { check, setup, vector } from './monitor-machine.ts';

const hostParams = {
  host: {
    type: 'string',
    default: 'localhost',
    metavar: 'HOST[:PORT]',
    help: 'Where pmproxy answers; the port is 44322 when it is not given.',
  },
  pmcd: {
    type: 'string',
    metavar: 'HOST[:PORT]',
    help: "Ask that pmproxy for this host's pmcd instead of its own.",
  },
} as const;

const monitor = task({
  doc: `Shows a host's metrics live: CPU, load, memory, disk, network

Performance Co-Pilot delivers them, through pmproxy. In a terminal charts are drawn (q or Ctrl-C ends them); elsewhere
there is a line an interval. At the end a summary: least, mean, 95th percentile and most.`,
  examples: [
    'tasks monitor',
    'tasks monitor --during "tasks flame demo echo --reps=2000"',
    'tasks monitor --metrics=kernel.all.pswitch,disk.dev.read[sda] --interval=500ms',
    'tasks monitor --html --open',
    'tasks monitor --host=worker-2 --record=worker-2.jsonl --seconds=60',
  ],
  params: {
    metrics: {
      type: 'string',
      metavar: 'NAMES',
      help: "These instead of the default ones: PCP's names with commas between, parts of the name tree, name[instance].",
    },
    during: {
      type: 'string',
      metavar: 'COMMAND',
      help: 'Run this (no shell), watch until it ends, and show what its processes use. Its exit code is passed on.',
    },
    interval: {
      type: 'string',
      default: '1s',
      metavar: 'TIME',
      help: 'Between two looks: 1s, 500ms, 1min.',
    },
    record: {
      type: 'string',
      metavar: 'FILE',
      help: 'Keep the samples as JSON lines; monitor.plot draws them.',
    },
    count: { type: 'int', min: 1, help: 'End after so many samples.' },
    seconds: { type: 'float', min: 0.1, help: 'End after this time.' },
    html: {
      type: 'bool',
      help: 'Show them on a page of this machine (loopback only) instead.',
    },
    port: {
      type: 'int',
      min: 1,
      max: 65_535,
      onlyWith: ['html'],
      help: 'Where the page is served. (default: a free port)',
    },
    open: { type: 'bool', onlyWith: ['html'], help: 'Open the page in the browser.' },
    ...hostParams,
  },
  run: async (args, context) => {
    const { monitor: run } = await import('../src/steps/monitor/monitor.ts');
    await run(args, context);
  },
});

const plot = task({
  doc: `Draws what monitor --record kept: a panel a chart over one time axis

With --bench the runs of a benchmark that was measured meanwhile stand over it.`,
  examples: [
    'tasks monitor.plot monitor.jsonl',
    'tasks monitor.plot monitor.jsonl --bench=bench.csv --output=monitor.html',
  ],
  params: {
    file: { type: 'string', positional: true, help: 'The recording.' },
    output: {
      type: 'string',
      default: 'monitor.svg',
      metavar: 'FILE',
      help: 'Where to write: .svg, .png or .html (with tooltips, offline); - is an SVG on stdout.',
    },
    bench: {
      type: 'string',
      metavar: 'RESULTS',
      help: 'Results of tasks bench that ran at that time: shows when which function ran.',
    },
    title: { type: 'string', help: 'Title of the picture; empty for none.' },
    width: {
      type: 'int',
      default: 800,
      min: 300,
      max: 4000,
      metavar: 'PX',
      help: 'Width of the picture.',
    },
  },
  run: async (args, context) => {
    const { plotRecording } = await import('../src/steps/monitor/plot.ts');
    await plotRecording(args, context);
  },
});

export default namespace({
  doc: 'Metrics of machines, from Performance Co-Pilot',
  default: 'monitor',
  tasks: { monitor, check, plot, setup, vector },
});
