import type { Axis } from 'vega-lite/types_unstable/axis.js';
import type { Field, PositionDef, StringFieldDef } from 'vega-lite/types_unstable/channeldef.js';
import type { ExprRef } from 'vega-lite/types_unstable/expr.js';
import type { LayerSpec, UnitSpec } from 'vega-lite/types_unstable/spec/index.js';
import type { TitleParams } from 'vega-lite/types_unstable/title.js';
import { textEms } from '../../picture/font-metrics.ts';
import { ink, textSize } from './look.ts';
import { outside, type TimeAxis, timeText } from './time-axis.ts';

/** A rectangle of the figure with axes of its own. */
export type Panel = LayerSpec<Field>;
export type Mark = UnitSpec<Field>;

/** How large panels become, in pixels. */
export interface PanelSize {
  /** Of the plotting area. */
  readonly width: number;
  /** Of what stands left of it. */
  readonly left: number;
}

const lineHeight = 13;

export type Row = Readonly<Record<string, string | number | readonly number[]>>;

/** A number that stands in the data, in the units of an axis of the panel. */
export function number(field: string): { readonly field: string; readonly type: 'quantitative' } {
  return { field, type: 'quantitative' };
}

/** A colour, shape or pattern that stands in the data as it is. */
export function asIs(field: string): {
  readonly field: string;
  readonly type: 'nominal';
  readonly scale: null;
  readonly legend: null;
} {
  return { field, type: 'nominal', scale: null, legend: null };
}

/** What is said about a mark when it is pointed at, and to those who cannot see it. */
export const spoken = {
  description: { field: 'tip', type: 'nominal' } satisfies StringFieldDef<Field>,
};

/** A position along a time axis. */
export function alongTime({ scale, axis }: TimeAxis, field: string): PositionDef<Field> {
  return { field, type: 'quantitative', scale, axis };
}

/** An axis of labelled rows: row k is from k to k + 1, from the top. */
export function rowPosition(
  labels: readonly string[],
  field: string,
  { left }: PanelSize,
): PositionDef<Field> {
  const axis: Axis<ExprRef> = {
    title: null,
    labelOffset: labels.some((label) => label.includes('\n')) ? -lineHeight / 2 : 0,
    labelLineHeight: lineHeight,
    values: labels.map((_, row) => row + 0.5),
    labelExpr: `split(${JSON.stringify(labels)}[floor(datum.value)], '\\n')`,
    labelPadding: 10,
    ticks: false,
    domain: false,
    grid: false,
    minExtent: left,
    maxExtent: left,
  };
  return {
    field,
    type: 'quantitative',
    scale: { domain: [0, labels.length], reverse: true, nice: false },
    axis,
  };
}

/** How much room the labels of rows need, with what stands between them and the panel. */
export function labelWidth(labels: readonly string[]): number {
  const lines = labels.flatMap((label) => label.split('\n'));
  return Math.ceil(Math.max(0, ...lines.map((line) => textEms(line, 'regular') * textSize)) + 12);
}

/** What a panel says about runs outside of its axis, at its edges; empty when there are none. */
export function beyondText(
  sorted: Float64Array,
  range: TimeAxis,
): { readonly low: string; readonly high: string } {
  const { below, above } = outside(sorted, range);
  const [smallest = 0] = sorted;
  const largest = sorted.at(-1) ?? 0;
  return {
    low: below === 0 ? '' : `◂ ${runsText(below)} from ${timeText(smallest)}`,
    high: above === 0 ? '' : `${runsText(above)} up to ${timeText(largest)} ▸`,
  };
}

/** `1 run`, `1,000,000 runs`. */
export function runsText(runs: number): string {
  return `${runs.toLocaleString('en-US')} run${runs === 1 ? '' : 's'}`;
}

/** The bold lines above a panel, from `indent` pixels left of its plotting area. */
export function panelTitle(text: string | string[], indent: number): TitleParams<ExprRef> {
  return {
    text,
    anchor: 'start',
    frame: 'group',
    dx: -indent,
    fontSize: textSize,
    fontWeight: 'bold',
    color: ink,
    offset: 6,
  };
}
