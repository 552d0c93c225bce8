import type { Interval } from '../statistics/interval.ts';
import { type Box, boxOf, fewestForBox } from './box.ts';
import { fillOf, ink, smallText, styleOf } from './look.ts';
import {
  alongTime,
  asIs,
  beyondText,
  type Mark,
  number,
  type Panel,
  type PanelSize,
  panelTitle,
  type Row,
  rowPosition,
  runsText,
  spoken,
} from './panel.ts';
import type { Cell } from './plot-data.ts';
import { type TimeAxis, timeText } from './time-axis.ts';

/** A labelled row of a panel. */
export interface LabelledCell {
  readonly label: string;
  readonly cell: Cell;
}

const rowHeight = 38;
const halfHeight = 0.27;

/** Boxes in rows over one time axis. */
export function boxPanel(
  title: string,
  rows: readonly LabelledCell[],
  axis: TimeAxis,
  size: PanelSize,
): Panel {
  const labels = rows.map(({ label }) => label);
  const x = (field: string) => alongTime(axis, field);
  const y = rowPosition(labels, 'at', size);
  const inUnit = (us: number): number => us / axis.unitUs;
  const drawn = rows.map(({ cell }, row) => ({
    cell,
    row,
    box: boxOf(cell.sortedUs, axis),
    tip: tipOf(rows, row, axis),
  }));
  const boxes = drawn.filter(({ cell }) => cell.sortedUs.length >= fewestForBox);
  const outlines = boxes.flatMap(({ cell, row, box, tip }): Row[] =>
    corners(box, cell, axis).map(([us, at], order) => ({
      us: inUnit(us),
      at: row + 0.5 + at,
      order,
      row,
      tip,
      fill: fillOf(cell.file),
    })),
  );
  const inside = (us: number): number => Math.min(axis.highUs, Math.max(axis.lowUs, us));
  const whiskers = boxes.flatMap(({ box, row }): Row[] => [
    { from: inUnit(inside(box.low)), to: inUnit(inside(box.q1)), at: row + 0.5 },
    { from: inUnit(inside(box.q3)), to: inUnit(inside(box.high)), at: row + 0.5 },
  ]);
  const medians = boxes.map(({ cell, box, row }): Row => {
    const half = notchOf(box, cell) === undefined ? halfHeight : halfHeight / 2;
    return { us: inUnit(box.median), at: row + 0.5 - half, to: row + 0.5 + half };
  });
  const points = drawn.flatMap(({ cell, box, row }): Row[] => {
    const { stroke, shape } = styleOf(cell.file);
    return box.points.map((us) => ({ us: inUnit(us), at: row + 0.5, stroke, shape, tip: timeText(us) }));
  });
  const intervals = boxes.flatMap(({ cell, box, row }): Row[] => {
    const { interval } = cell;
    if (interval === undefined || notchOf(box, cell) !== undefined) return [];
    const at = row + 0.5 + halfHeight + 0.1;
    return [{ from: inUnit(inside(interval.low)), to: inUnit(inside(interval.high)), at }];
  });
  return {
    ...(title === '' ? {} : { title: panelTitle(title, size.left) }),
    width: size.width,
    height: rows.length * rowHeight,
    layer: [
      {
        data: { values: intervals },
        mark: { type: 'rule', color: ink, strokeWidth: 2.5 },
        encoding: { x: x('from'), x2: { field: 'to' }, y },
      },
      {
        data: { values: whiskers },
        mark: { type: 'rule', color: ink, strokeWidth: 1 },
        encoding: { x: x('from'), x2: { field: 'to' }, y },
      },
      {
        data: { values: outlines },
        mark: {
          type: 'line',
          filled: true,
          interpolate: 'linear-closed',
          stroke: ink,
          strokeWidth: 1,
          aria: true,
        },
        encoding: {
          x: x('us'),
          y,
          detail: { field: 'row', type: 'nominal' },
          order: number('order'),
          fill: asIs('fill'),
          ...spoken,
        },
      },
      {
        data: { values: medians },
        mark: { type: 'rule', color: '#000', strokeWidth: 2 },
        encoding: { x: x('us'), y, y2: { field: 'to' } },
      },
      {
        data: { values: points },
        mark: { type: 'point', size: 16, strokeWidth: 0.9, filled: false, aria: true },
        encoding: { x: x('us'), y, stroke: asIs('stroke'), shape: asIs('shape'), ...spoken },
      },
      ...edgeNotes(
        rows.map(({ cell }) => cell),
        axis,
        size,
        (row) => (row + 0.08) * rowHeight,
      ),
    ],
  };
}

/** Words at both ends of a panel's rows about runs that its axis does not show. */
export function edgeNotes(
  cells: readonly Cell[],
  axis: TimeAxis,
  { width }: PanelSize,
  yOf: (row: number) => number,
): Mark[] {
  return cells.flatMap(({ sortedUs }, row): Mark[] => {
    const { low, high } = beyondText(sortedUs, axis);
    const note = (text: string, x: number, align: 'left' | 'right'): Mark[] =>
      text === ''
        ? []
        : [
            {
              data: { values: [{}] },
              mark: { type: 'text', text, align, fontSize: smallText, color: '#444' },
              encoding: { x: { value: x }, y: { value: yOf(row) } },
            },
          ];
    return [...note(low, 0, 'left'), ...note(high, width, 'right')];
  });
}

function tipOf(rows: readonly LabelledCell[], row: number, axis: TimeAxis): string {
  const one = rows[row];
  if (one === undefined) return '';
  const { label, cell } = one;
  const { median, q1, q3, outliers } = boxOf(cell.sortedUs, axis);
  const lines = [
    label.replace('\n', ', '),
    `median ${timeText(median)}${cell.interval === undefined ? '' : ` (95 %: ${timeText(cell.interval.low)} to ${timeText(cell.interval.high)})`}`,
    `quartiles ${timeText(q1)} to ${timeText(q3)}`,
    `${outliers.toLocaleString('en-US')} of ${runsText(cell.sortedUs.length)} beyond the whiskers`,
  ];
  return lines.join('\n');
}

/** The interval of the median where it fits into the box as a notch. */
function notchOf({ q1, q3 }: Box, { interval }: Cell): Interval | undefined {
  return interval !== undefined && interval.low >= q1 && interval.high <= q3 ? interval : undefined;
}

/** The box's outline, with a notch at the median where it has one; what the axis does not show is cut. */
function corners(box: Box, cell: Cell, { lowUs, highUs }: TimeAxis): [number, number][] {
  const waist = halfHeight / 2;
  const notch = notchOf(box, cell);
  const middle: [number, number][] =
    notch === undefined
      ? []
      : [
          [notch.low, -halfHeight],
          [box.median, -waist],
          [notch.high, -halfHeight],
        ];
  const top: [number, number][] = [[box.q1, -halfHeight], ...middle, [box.q3, -halfHeight]];
  const bottom = top.toReversed().map(([us, at]): [number, number] => [us, -at]);
  return [...top, ...bottom].map(([us, at]) => [Math.min(highUs, Math.max(lowUs, us)), at]);
}
