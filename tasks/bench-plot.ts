import { plotKinds, ranges, scales } from '../src/bench/plots/choices.ts';
import { task } from './define.ts';

/** `bench.plot`. */
export const plot = task({
  doc: `Draws results: how the runs of each function are spread, file beside file

A panel for each function, in it each file by colour and by pattern. Outliers that would squash the rest are counted at
the edge; --range=all draws them.`,
  examples: [
    'tasks bench.plot old.csv new.csv',
    'tasks bench.plot bench.csv --kind=series --output=bench.html',
    'tasks bench.plot --history',
  ],
  params: {
    out: {
      type: 'list',
      positional: true,
      values: 'files',
      default: [],
      help: 'The results to draw. (default: bench.csv)',
    },
    output: {
      type: 'string',
      default: 'bench.svg',
      metavar: 'FILE',
      values: 'files',
      help: 'Where to write: .svg, .png or .html (with tooltips, offline); - is an SVG on stdout.',
    },
    kind: {
      type: 'string',
      choices: plotKinds,
      help: 'What to draw. (default: box; bar when no function has five runs)',
    },
    history: {
      type: 'string',
      valueOptional: true,
      metavar: 'FILE',
      values: 'files',
      help: 'Draw the medians of a history, bench-history.jsonl by default.',
    },
    scale: {
      type: 'string',
      choices: scales,
      default: 'auto',
      help: 'Of the time axis; auto is log where times are more than 30 times apart.',
    },
    range: {
      type: 'string',
      choices: ranges,
      default: 'core',
      notWith: ['history'],
      help: 'core leaves the few runs out that would take half of the axis, and counts them.',
    },
    title: { type: 'string', help: 'Title of the picture; empty for none.' },
    width: {
      type: 'int',
      default: 640,
      min: 300,
      max: 4000,
      metavar: 'PX',
      help: 'Width of the picture.',
    },
    seed: {
      type: 'int',
      default: 1,
      min: 0,
      max: 0xffff_ffff,
      notWith: ['history'],
      help: 'Of the bootstrap of the intervals.',
    },
  },
  run: async (args, context) => {
    const { plotFiles } = await import('../src/steps/bench/plot.ts');
    await plotFiles(args, context);
  },
});
