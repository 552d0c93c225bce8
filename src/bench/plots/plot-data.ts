import { displayText, shortened } from '../../util/display-text.ts';
import { at } from '../../util/indexed.ts';
import type { Series } from '../series.ts';
import type { Interval } from '../statistics/interval.ts';
import { sortedCopy } from '../statistics/quantiles.ts';

/** One results file under the label that stands for it in the picture. */
export interface PlotSource {
  readonly label: string;
  readonly series: readonly Series[];
}

/** The runs of one function in one file. */
export interface Cell {
  /** Index into `files` of {@link PlotData}. */
  readonly file: number;
  /** Microseconds, in the order of the runs; at least one. */
  readonly runUs: Float64Array;
  /** The same, ascending. */
  readonly sortedUs: Float64Array;
  /** Of the median, 95 %; undefined for a single run. */
  readonly interval: Interval | undefined;
  /** Where each process begins in `runUs`. */
  readonly blockStarts: readonly number[];
}

/** One function with its runs in each file that has any; at least one. */
export interface FunctionRuns {
  readonly name: string;
  readonly cells: readonly Cell[];
}

/** What is drawn: names are unique, visible and short enough for a label. */
export interface PlotData {
  readonly functions: readonly FunctionRuns[];
  readonly files: readonly string[];
  /** What cannot be seen in the picture for it has no usable run. */
  readonly notes: readonly string[];
}

const longestName = 64;
const longestLabel = 30;

/** Puts the series of several files side by side; a function is the same in two files when user, name and input are. */
export function plotData(
  sources: readonly PlotSource[],
  intervalOf: (series: Series) => Interval | undefined,
): PlotData {
  const files = uniqueLabels(
    sources.map(({ label }) => label),
    longestLabel,
  );
  const rows = new Map<string, { readonly name: string; readonly series: (Series | undefined)[] }>();
  for (const [file, { series }] of sources.entries())
    for (const one of series) {
      const key = JSON.stringify([one.user, one.func, one.input ?? '']);
      const row = rows.get(key) ?? { name: nameOf(one), series: [] };
      row.series[file] = one;
      rows.set(key, row);
    }
  const all = [...rows.values()];
  const drawn = all.filter(({ series }) => series.some((one) => one !== undefined && one.runUs.length > 0));
  const names = uniqueLabels(
    drawn.map(({ name }) => name),
    longestName,
  );
  const functions = drawn.map(({ series }, index) => ({
    name: at(names, index),
    cells: series.flatMap((one, file): Cell[] => {
      if (one === undefined || one.runUs.length === 0) return [];
      const { runUs, blockStarts = [0] } = one;
      return [{ file, runUs, sortedUs: sortedCopy(runUs), interval: intervalOf(one), blockStarts }];
    }),
  }));
  const notes = all.flatMap(({ name, series }) =>
    series.flatMap((one, file): string[] => {
      if (one === undefined || one.runUs.length > 0) return [];
      return [`${shortened(displayText(name), longestName)} has no usable run in ${at(files, file)}.`];
    }),
  );
  return { functions, files, notes };
}

/** What tells functions apart: user and name, and the input where there is one. */
export function nameOf({ user, func, input }: Pick<Series, 'user' | 'func' | 'input'>): string {
  return input === undefined || input === '' ? `${user}/${func}` : `${user}/${func} ${JSON.stringify(input)}`;
}

/** Names as they can be shown, no two of them equal. */
export function uniqueLabels(names: readonly string[], most: number): string[] {
  const seen = new Set<string>();
  return names.map((name) => {
    const displayName = shortened(displayText(name), most);
    let unique = displayName;
    for (let count = 2; seen.has(unique); count++) unique = `${displayName} (${count})`;
    seen.add(unique);
    return unique;
  });
}

/** A value of a thinned sample. */
export interface Kept {
  readonly us: number;
  /** Values that it stands for, itself included. */
  readonly runs: number;
}

/** At most `most` of the ascending values, evenly spaced, the first and the last among them: what Vega draws from is bounded. */
export function thinned(sorted: Float64Array, most: number): Kept[] {
  if (sorted.length <= most) return Array.from(sorted, (us) => ({ us, runs: 1 }));
  const step = (sorted.length - 1) / (most - 1);
  const place = (index: number): number => (index < 0 ? -1 : Math.round(index * step));
  return Array.from({ length: most }, (_, index) => ({
    us: at(sorted, place(index)),
    runs: place(index) - place(index - 1),
  }));
}
