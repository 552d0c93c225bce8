import { medianOf } from '../statistics/quantiles.ts';
import type { LabelledCell } from './box-panel.ts';
import { fillOf, ink } from './look.ts';
import {
  alongTime,
  asIs,
  type Panel,
  type PanelSize,
  panelTitle,
  type Row,
  rowPosition,
  spoken,
} from './panel.ts';
import type { Cell } from './plot-data.ts';
import { type TimeAxis, type TimeRange, timeText } from './time-axis.ts';

const rowHeight = 34;
const halfHeight = 0.3;
const cap = 0.12;

/** What the axis of these medians has to show, their intervals included. */
export function medianRange(cells: readonly Cell[]): TimeRange {
  const all = cells.flatMap(({ sortedUs, interval }) => {
    const median = medianOf(sortedUs);
    return [median, interval?.low ?? median, interval?.high ?? median];
  });
  return { lowUs: Math.min(...all), highUs: Math.max(...all) };
}

/** Medians with their intervals in rows: bars from 0, or points on a log axis, which has no 0. */
export function barPanel(
  title: string,
  rows: readonly LabelledCell[],
  axis: TimeAxis,
  size: PanelSize,
): Panel {
  const inUnit = (us: number): number => us / axis.unitUs;
  const y = rowPosition(
    rows.map(({ label }) => label),
    'at',
    size,
  );
  const x = (field: string) => alongTime(axis, field);
  const drawn = rows.map(({ cell, label }, row): Row => {
    const median = medianOf(cell.sortedUs);
    const { low, high } = cell.interval ?? { low: median, high: median };
    const middle = row + 0.5;
    return {
      zero: 0,
      us: inUnit(median),
      low: inUnit(low),
      high: inUnit(high),
      end: inUnit(Math.max(high, median)),
      at: middle,
      top: middle - halfHeight,
      bottom: middle + halfHeight,
      capTop: middle - cap,
      capBottom: middle + cap,
      fill: fillOf(cell.file),
      text: timeText(median),
      tip: `${label.replace('\n', ', ')}\nmedian ${timeText(median)}${cell.interval === undefined ? '' : ` (95 %: ${timeText(low)} to ${timeText(high)})`}`,
    };
  });
  const data = { values: drawn };
  const known = { values: drawn.filter((_, row) => rows[row]?.cell.interval !== undefined) };
  const line = { type: 'rule', color: '#000', strokeWidth: 1.2 } as const;
  const capAt = (field: string): Panel['layer'][number] => ({
    data: known,
    mark: line,
    encoding: { x: x(field), y: { ...y, field: 'capTop' }, y2: { field: 'capBottom' } },
  });
  const value: Panel['layer'][number] = axis.isLog
    ? {
        data,
        mark: { type: 'point', filled: true, fill: ink, opacity: 1, size: 36, aria: true },
        encoding: { x: x('us'), y, ...spoken },
      }
    : {
        data,
        mark: { type: 'rect', stroke: ink, strokeWidth: 0.8, aria: true },
        encoding: {
          x: x('zero'),
          x2: { field: 'us' },
          y: { ...y, field: 'top' },
          y2: { field: 'bottom' },
          fill: asIs('fill'),
          ...spoken,
        },
      };
  return {
    ...(title === '' ? {} : { title: panelTitle(title, size.left) }),
    width: size.width,
    height: rows.length * rowHeight,
    layer: [
      ...(axis.isLog ? [] : [value]),
      { data: known, mark: line, encoding: { x: x('low'), x2: { field: 'high' }, y } },
      capAt('low'),
      capAt('high'),
      ...(axis.isLog ? [value] : []),
      {
        data,
        mark: { type: 'text', align: 'left', baseline: 'middle', dx: 6, fontSize: 10.5, color: ink },
        encoding: { x: x('end'), y, text: { field: 'text', type: 'nominal' } },
      },
    ],
  };
}
