import type { Field, PositionDef, StringFieldDef } from 'vega-lite/types_unstable/channeldef.js';
import type { ExprRef } from 'vega-lite/types_unstable/expr.js';
import type { LayerSpec } from 'vega-lite/types_unstable/spec/index.js';
import type { TitleParams } from 'vega-lite/types_unstable/title.js';
import { textEms } from '../../picture/font-metrics.ts';
import { at } from '../../util/indexed.ts';
import { fileStyles, fillUrls, ink, textSize } from './look.ts';
import type { TimeAxis } from './time-axis.ts';

/** A rectangle of the figure with axes of its own. */
export type Panel = LayerSpec<Field>;
export type Layer = Panel['layer'][number];
export type Row = Readonly<Record<string, string | number | boolean | null | readonly number[]>>;

/** What a figure of runs or of a history consists of. */
export interface Panels {
  readonly panels: readonly Panel[];
  readonly columns: number;
  readonly indent: number;
  readonly notes: readonly string[];
}

/** How large panels become, in pixels. */
export interface PanelSize {
  /** Of the plotting area. */
  readonly width: number;
  /** Of what stands left of it. */
  readonly left: number;
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

/** A position up a time axis. */
export function upTime({ scale, axis }: TimeAxis, field: string, { left }: PanelSize): PositionDef<Field> {
  return { field, type: 'quantitative', scale, axis: { ...axis, minExtent: left, maxExtent: left } };
}

interface FileChannel<T> {
  readonly field: 'file';
  readonly type: 'nominal';
  readonly scale: { readonly domain: string[]; readonly range: T[] };
  readonly legend?: object;
}

interface FileChannels {
  readonly stroke: FileChannel<string>;
  readonly strokeDash: FileChannel<number[]>;
  readonly shape: FileChannel<string>;
  readonly fill: FileChannel<string>;
  readonly pattern: FileChannel<string>;
}

/**
 * The channels that tell curves of several files apart by the field `file`, in colour and in black and white. Those that are named
 * make one legend above the panels, with lines where their dashes are in it and points otherwise.
 */
export function byFile(
  files: readonly string[],
  widthPx: number,
  inLegend: readonly (keyof FileChannels)[],
): FileChannels {
  const entries = files.map((file) => textEms(file, 'regular') * textSize + 44);
  const room = widthPx - 50;
  const isOneLine = entries.reduce((sum, width) => sum + width, 0) <= room;
  const legend = {
    title: null,
    orient: 'top',
    columns: isOneLine ? files.length : Math.max(1, Math.floor(room / Math.max(...entries))),
    ...(inLegend.includes('strokeDash')
      ? { symbolType: 'stroke', symbolSize: 700, symbolStrokeWidth: 2 }
      : { symbolSize: 50, symbolStrokeWidth: 1.2 }),
  };
  const channel = <T extends string | readonly number[]>(
    name: keyof FileChannels,
    range: readonly T[],
  ): FileChannel<T> => ({
    field: 'file',
    type: 'nominal',
    scale: { domain: [...files], range: files.map((_, file) => at(range, file % range.length)) },
    ...(files.length > 1 && inLegend.includes(name) ? { legend } : {}),
  });
  return {
    stroke: channel(
      'stroke',
      fileStyles.map(({ stroke }) => stroke),
    ),
    strokeDash: channel(
      'strokeDash',
      fileStyles.map(({ dash }) => [...dash]),
    ),
    shape: channel(
      'shape',
      fileStyles.map(({ shape }) => shape),
    ),
    fill: channel(
      'fill',
      fileStyles.map(({ stroke }) => stroke),
    ),
    pattern: channel('pattern', fillUrls),
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

/** What stands left of curves: labels, and the title of the axis. */
export function curveIndent({ left }: PanelSize): number {
  return left + textSize + 8;
}
