import type { Field, PositionDef } from 'vega-lite/types_unstable/channeldef.js';
import type { ExprRef } from 'vega-lite/types_unstable/expr.js';
import type { TitleParams } from 'vega-lite/types_unstable/title.js';
import { textEms } from '../../picture/font-metrics.ts';
import { wrapped } from './figure.ts';
import { smallText, styleOf, textSize } from './look.ts';
import { type Panel, type PanelSize, panelTitle, runsText } from './panel.ts';
import type { Cell } from './plot-data.ts';
import { outside, type TimeAxis, timeText } from './time-axis.ts';

/** Above a panel with curves: the function, and for each file how many runs it stands for and how many are out of sight. */
export function xyTitle(
  name: string,
  cells: readonly Cell[],
  files: readonly string[],
  axis: TimeAxis,
  size: PanelSize,
): TitleParams<ExprRef> {
  const indent = curveIndent(size);
  const room = indent + size.width;
  const lines = cells.flatMap((cell) => {
    const label = files.length > 1 ? `${files[cell.file] ?? ''}: ` : '';
    return wrapped(`${label}${countText(cell.sortedUs, axis)}`, (room * textSize) / smallText);
  });
  const title = wrapped(name, room * 0.9);
  return {
    ...panelTitle(title, indent),
    subtitle: lines,
    subtitleFontSize: smallText,
    subtitleColor: '#444',
    subtitlePadding: 3,
  };
}

function countText(sorted: Float64Array, axis: TimeAxis): string {
  const { below, above } = outside(sorted, axis);
  const [smallest = 0] = sorted;
  const low =
    below === 0 ? '' : `, ${below.toLocaleString('en-US')} below the axis (from ${timeText(smallest)})`;
  const high =
    above === 0
      ? ''
      : `, ${above.toLocaleString('en-US')} beyond the axis (up to ${timeText(sorted.at(-1) ?? 0)})`;
  return `${runsText(sorted.length)}${low}${high}`;
}

/** What stands left of curves: labels, and the title of the axis. */
export function curveIndent({ left }: PanelSize): number {
  return left + textSize + 8;
}

/** The axis of shares of runs, upwards from 0. */
export function shareAxis(highest: number, field: string, { left }: PanelSize): PositionDef<Field> {
  return {
    field,
    type: 'quantitative',
    scale: { domain: [0, highest], nice: false },
    axis: {
      title: 'Share of runs',
      format: highest < 0.05 ? '.1%' : '.0%',
      tickCount: 4,
      minExtent: left,
      maxExtent: left,
    },
  };
}

/** A line of text with the lines and points that stand for each file, broken where the picture ends. */
export function legendPanels(
  files: readonly string[],
  what: 'line' | 'point' | 'both',
  { widthPx, indent }: { readonly widthPx: number; readonly indent: number },
): Panel[] {
  if (files.length < 2) return [];
  const sample = what === 'point' ? 10 : 30;
  const rowHeight = 16;
  let [x, y] = [0, 0];
  const layer = files.flatMap((label, file): Panel['layer'] => {
    const { stroke, dash, shape } = styleOf(file);
    const room = sample + 6 + textEms(label, 'regular') * textSize + 18;
    if (x > 0 && x + room > widthPx) [x, y] = [0, y + rowHeight];
    const left = x - indent;
    const middle = { value: y + rowHeight / 2 };
    x += room;
    const data = { values: [{}] };
    const line: Panel['layer'][number] = {
      data,
      mark: { type: 'rule', stroke, strokeDash: [...dash], strokeWidth: 2 },
      encoding: { x: { value: left }, x2: { value: left + sample }, y: middle },
    };
    const point: Panel['layer'][number] = {
      data,
      mark: { type: 'point', shape, stroke, fill: '#fff', opacity: 1, size: 40, strokeWidth: 1.2 },
      encoding: { x: { value: left + sample / 2 }, y: middle },
    };
    const text: Panel['layer'][number] = {
      data,
      mark: { type: 'text', text: label, align: 'left', baseline: 'middle', fontSize: textSize },
      encoding: { x: { value: left + sample + 6 }, y: middle },
    };
    return [...(what === 'point' ? [] : [line]), ...(what === 'line' ? [] : [point]), text];
  });
  return [{ width: 1, height: y + rowHeight, layer }];
}
