import { clockStep, countBelow, countUpTo, medianOf, quantileOf } from '../statistics/quantiles.ts';
import { fillOf, ink, styleOf } from './look.ts';
import { alongTime, type Mark, type Panel, type PanelSize, runsText, spoken } from './panel.ts';
import type { FunctionRuns } from './plot-data.ts';
import { type TimeAxis, type TimeRange, timeText } from './time-axis.ts';
import { shareAxis, xyTitle } from './xy-panel.ts';

const [fewestBins, mostBins] = [12, 60];

/**
 * Edges of the bins that all files of a panel share, ascending, in microseconds. Their width is Freedman and Diaconis's (1981) for
 * the largest sample, on a log axis of the logarithms, and a multiple of the clock's step where that shows.
 */
export function binEdges(
  samples: readonly Float64Array[],
  { lowUs, highUs }: TimeRange,
  isLog: boolean,
): number[] {
  const largest = samples.reduce(
    (one, other) => (other.length > one.length ? other : one),
    new Float64Array(),
  );
  if (!(highUs > lowUs)) return highUs === 0 ? [0, 0.05] : [lowUs * 0.97, lowUs * 1.03];
  const to = (us: number): number => (isLog ? Math.log(us) : us);
  const spread = to(highUs) - to(lowUs);
  const quartiles = to(quantileOf(largest, 0.75)) - to(quantileOf(largest, 0.25));
  const fewest = Math.min(fewestBins, Math.ceil(Math.sqrt(largest.length)));
  const ideal = quartiles > 0 ? spread / ((2 * quartiles) / Math.cbrt(largest.length)) : fewest;
  const bins = Math.round(Math.min(mostBins, Math.max(fewest, ideal)));
  const step = isLog ? 0 : Math.max(...samples.map(clockStep));
  if (step > 0) {
    const width = Math.max(1, Math.round(spread / bins / step)) * step;
    return Array.from({ length: Math.floor(spread / width) + 2 }, (_, at) => lowUs - step / 2 + at * width);
  }
  return Array.from({ length: bins + 1 }, (_, at) => {
    if (at === bins) return highUs;
    return isLog ? lowUs * (highUs / lowUs) ** (at / bins) : lowUs + (spread * at) / bins;
  });
}

/** How many of a sorted sample are in each bin; a bin has its lower edge, the last one both. */
export function binCounts(sorted: Float64Array, edges: readonly number[]): number[] {
  const upTo = edges.map((edge, at) =>
    at === edges.length - 1 ? countUpTo(sorted, edge) : countBelow(sorted, edge),
  );
  return upTo.slice(1).map((count, at) => count - (upTo[at] ?? 0));
}

/** Histograms of one function's runs over one time axis: bars of one file, outlines of several. */
export function histogramPanel(
  { name, cells }: FunctionRuns,
  files: readonly string[],
  range: TimeRange,
  axis: TimeAxis,
  size: PanelSize & { readonly height: number },
): Panel {
  const edges = binEdges(
    cells.map(({ sortedUs }) => sortedUs),
    range,
    axis.isLog,
  );
  const bars = cells.map((cell) => ({
    cell,
    bins: binCounts(cell.sortedUs, edges).map((count, at) => ({
      from: (edges[at] ?? 0) / axis.unitUs,
      to: (edges[at + 1] ?? 0) / axis.unitUs,
      share: count / cell.sortedUs.length,
      tip: `${files.length > 1 ? `${files[cell.file] ?? ''}\n` : ''}${timeText(edges[at] ?? 0)} to ${timeText(edges[at + 1] ?? 0)}\n${runsText(count)} of ${cell.sortedUs.length.toLocaleString('en-US')}`,
    })),
  }));
  const highest = Math.max(...bars.flatMap(({ bins }) => bins.map(({ share }) => share))) * 1.06;
  const y = shareAxis(highest, 'share', size);
  const one = cells.length === 1;
  return {
    title: xyTitle(name, cells, files, axis, size),
    width: size.width,
    height: size.height,
    layer: bars.flatMap(({ cell, bins }): Panel['layer'] => {
      const { stroke, dash } = styleOf(cell.file);
      const full = bins.filter(({ share }) => share > 0);
      const rect: Panel['layer'][number] = {
        data: { values: full },
        mark: {
          type: 'rect',
          fill: one ? fillOf(cell.file) : stroke,
          fillOpacity: one ? 1 : cells.length > 3 ? 0 : 0.07,
          stroke: one ? ink : null,
          strokeWidth: 0.6,
          aria: true,
        },
        encoding: { x: alongTime(axis, 'from'), x2: { field: 'to' }, y, y2: { datum: 0 }, ...spoken },
      };
      const median = { at: medianOf(cell.sortedUs) / axis.unitUs };
      const rule: Panel['layer'][number] = {
        data: { values: [median] },
        mark: {
          type: 'rule',
          stroke: one ? '#000' : stroke,
          strokeWidth: one ? 2 : 1,
          strokeDash: [...dash],
        },
        encoding: { x: alongTime(axis, 'at') },
      };
      if (one) return [rect, rule];
      const [first, last] = [bins[0], bins.at(-1)];
      const outline = [
        { from: first?.from ?? 0, share: 0 },
        ...bins.map(({ from, share }) => ({ from, share })),
        { from: last?.to ?? 0, share: 0 },
      ].map((row, order) => ({ ...row, order }));
      const line = {
        type: 'line',
        interpolate: 'step-after',
        stroke,
        strokeDash: [...dash],
        strokeWidth: 1.5,
      } satisfies Mark['mark'];
      return [
        rect,
        {
          data: { values: outline },
          mark: line,
          encoding: { x: alongTime(axis, 'from'), y, order: { field: 'order', type: 'quantitative' } },
        },
      ];
    }),
  };
}
