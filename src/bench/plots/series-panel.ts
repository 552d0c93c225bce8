import type { Field, PositionDef } from 'vega-lite/types_unstable/channeldef.js';
import { quantileOf } from '../statistics/quantiles.ts';
import { styleOf } from './look.ts';
import { alongTime, asIs, type Panel, type PanelSize, type Row, spoken } from './panel.ts';
import type { Cell, FunctionRuns } from './plot-data.ts';
import { type TimeAxis, timeText } from './time-axis.ts';
import { xyTitle } from './xy-panel.ts';

/** Some runs that followed each other. */
export interface Bucket {
  /** Number of its first run and of the last, from 1. */
  readonly from: number;
  readonly to: number;
  readonly p10: number;
  readonly median: number;
  readonly p90: number;
}

/** Runs in the order in which they were measured, in at most `most` stretches of equal length. Microseconds. */
export function buckets(runUs: Float64Array, most: number): Bucket[] {
  const length = bucketLength(runUs.length, most);
  return Array.from({ length: Math.ceil(runUs.length / length) }, (_, at) => {
    const sorted = runUs.slice(at * length, (at + 1) * length).sort();
    return {
      from: at * length + 1,
      to: at * length + sorted.length,
      p10: quantileOf(sorted, 0.1),
      median: quantileOf(sorted, 0.5),
      p90: quantileOf(sorted, 0.9),
    };
  });
}

/** How many stretches a panel has room for. */
export function mostStretches({ width }: PanelSize): number {
  return Math.max(20, Math.round(width / 5));
}

/** How many runs stand behind a step of a line. */
export function bucketLength(runs: number, most: number): number {
  return Math.ceil(runs / most);
}

/** Times of one function in the order of its runs: points, or of more than `mostPoints` runs medians and bands of stretches. */
export function seriesPanel(
  { name, cells }: FunctionRuns,
  files: readonly string[],
  axis: TimeAxis,
  size: PanelSize & { readonly height: number },
  mostPoints: number,
): Panel {
  const longest = Math.max(...cells.map(({ runUs }) => runUs.length));
  const { left } = size;
  const x: PositionDef<Field> = {
    field: 'run',
    type: 'quantitative',
    scale: { domain: [0, longest + 1], nice: false },
    axis: { title: 'Run', grid: false, tickCount: 5, tickMinStep: 1, format: ',d' },
  };
  const along = alongTime(axis, 'us');
  const y: PositionDef<Field> = { ...along, axis: { ...axis.axis, minExtent: left, maxExtent: left } };
  const drawn = { x, y, axis, files, most: mostStretches(size) };
  const [only] = cells;
  return {
    title: xyTitle(name, cells, files, axis, size),
    width: size.width,
    height: size.height,
    layer: [
      ...(cells.length === 1 && only !== undefined ? processRules(only, x) : []),
      ...cells.flatMap((cell) =>
        cell.runUs.length > mostPoints ? stretches(cell, drawn) : dots(cell, drawn),
      ),
    ],
  };
}

interface Drawn {
  readonly x: PositionDef<Field>;
  readonly y: PositionDef<Field>;
  readonly axis: TimeAxis;
  readonly most: number;
  readonly files: readonly string[];
}

function dots({ file, runUs }: Cell, { x, y, axis, files }: Drawn): Panel['layer'] {
  const { stroke, shape } = styleOf(file);
  const all = Array.from(runUs, (us, at) => ({ us, run: at + 1 }));
  const inside = all.filter(({ us }) => us >= axis.lowUs && us <= axis.highUs);
  const beyond = all.filter(({ us }) => us > axis.highUs);
  const tip = (us: number, run: number): string =>
    `${files.length > 1 ? `${files[file] ?? ''}, run` : 'Run'} ${run}: ${timeText(us)}`;
  return [
    {
      data: { values: inside.map(({ us, run }): Row => ({ us: us / axis.unitUs, run, tip: tip(us, run) })) },
      mark: { type: 'point', stroke, shape, size: 12, strokeWidth: 0.8, filled: false, aria: true },
      encoding: { x, y, ...spoken },
    },
    {
      data: { values: beyond.map(({ us, run }): Row => ({ run, fill: stroke, tip: tip(us, run) })) },
      mark: { type: 'point', shape: 'triangle-up', size: 22, filled: true, clip: false, aria: true },
      encoding: { x, y: { value: 2 }, fill: asIs('fill'), ...spoken },
    },
  ];
}

function stretches({ file, runUs }: Cell, { x, y, axis, files, most }: Drawn): Panel['layer'] {
  const { stroke, dash } = styleOf(file);
  const inside = (us: number): number => Math.min(axis.highUs, Math.max(axis.lowUs, us)) / axis.unitUs;
  const values = buckets(runUs, most).map(
    ({ from, to, p10, median, p90 }): Row => ({
      run: (from + to) / 2,
      low: inside(p10),
      high: inside(p90),
      us: inside(median),
      tip: `${files.length > 1 ? `${files[file] ?? ''}, runs` : 'Runs'} ${from} to ${to}\nmedian ${timeText(median)}\n10 % below ${timeText(p10)}, 10 % above ${timeText(p90)}`,
    }),
  );
  const data = { values };
  return [
    {
      data,
      mark: { type: 'area', fill: stroke, fillOpacity: 0.16, interpolate: 'linear' },
      encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' } },
    },
    { data, mark: { type: 'line', stroke, strokeDash: [...dash], strokeWidth: 1.4 }, encoding: { x, y } },
    {
      data,
      mark: { type: 'point', size: 30, filled: true, opacity: 0, aria: true },
      encoding: { x, y, ...spoken },
    },
  ];
}

/** Where one process ended and the next began. */
function processRules({ blockStarts }: Cell, x: PositionDef<Field>): Panel['layer'] {
  if (blockStarts.length < 2) return [];
  const values = blockStarts.slice(1).map((start) => ({ run: start + 0.5 }));
  return [{ data: { values }, mark: { type: 'rule', color: '#bbb', strokeWidth: 0.75 }, encoding: { x } }];
}
