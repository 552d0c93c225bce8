import { countBelow, countUpTo } from '../statistics/quantiles.ts';
import { styleOf } from './look.ts';
import { alongTime, asIs, type Mark, type Panel, type PanelSize, type Row, spoken } from './panel.ts';
import type { Cell, FunctionRuns } from './plot-data.ts';
import { type TimeAxis, timeText } from './time-axis.ts';
import { shareAxis, xyTitle } from './xy-panel.ts';

/** Steps of one curve; finer ones cannot be seen. */
const mostSteps = 300;

/** A step of an empirical distribution function. */
export interface Step {
  readonly us: number;
  /** Of all runs, those that took at most `us`. */
  readonly share: number;
}

/** The empirical distribution function of a sorted sample within a range, in at most 302 steps. */
export function ecdfSteps(
  sorted: Float64Array,
  { lowUs, highUs }: Pick<TimeAxis, 'lowUs' | 'highUs'>,
): Step[] {
  const n = sorted.length;
  const from = countBelow(sorted, lowUs);
  const to = countUpTo(sorted, highUs);
  const count = Math.min(to - from, mostSteps);
  const steps: Step[] = [{ us: lowUs, share: from / n }];
  for (let step = 1; step <= count; step++) {
    const us = sorted[from + Math.round((step * (to - from)) / count) - 1] ?? highUs;
    if (us > (steps.at(-1)?.us ?? 0) || steps.length === 1)
      steps.push({ us, share: countUpTo(sorted, us) / n });
  }
  return [...steps, { us: highUs, share: to / n }];
}

/** Distribution functions of one function's runs over one time axis, a line a file. */
export function ecdfPanel(
  { name, cells }: FunctionRuns,
  files: readonly string[],
  axis: TimeAxis,
  size: PanelSize & { readonly height: number },
): Panel {
  const encoding = { x: alongTime(axis, 'us'), y: shareAxis(1, 'share', size) };
  return {
    title: xyTitle(name, cells, files, axis, size),
    width: size.width,
    height: size.height,
    layer: [
      ...cells.map((cell): Panel['layer'][number] => {
        const { stroke, dash } = styleOf(cell.file);
        const values = ecdfSteps(cell.sortedUs, axis).map(({ us, share }) => ({
          us: us / axis.unitUs,
          share,
        }));
        const mark = {
          type: 'line',
          interpolate: 'step-after',
          stroke,
          strokeDash: [...dash],
          strokeWidth: 1.5,
        } satisfies Mark['mark'];
        return { data: { values }, mark, encoding };
      }),
      {
        data: { values: cells.flatMap((cell) => percentiles(cell, files, axis)) },
        mark: { type: 'point', filled: true, size: 40, opacity: 1, aria: true },
        encoding: { ...encoding, fill: asIs('fill'), shape: asIs('shape'), ...spoken },
      },
    ],
  };
}

/** Points to read off: the percentiles that tables have. */
function percentiles({ file, sortedUs }: Cell, files: readonly string[], axis: TimeAxis): Row[] {
  const { stroke, shape } = styleOf(file);
  return [0.25, 0.5, 0.75, 0.9, 0.99].flatMap((share): Row[] => {
    const us = sortedUs[Math.ceil(share * sortedUs.length) - 1] ?? 0;
    if (us > axis.highUs) return [];
    const tip = `${files[file] ?? ''}\n${share * 100} % of the runs took at most ${timeText(us)}`;
    return [{ us: us / axis.unitUs, share, fill: stroke, shape, tip }];
  });
}
