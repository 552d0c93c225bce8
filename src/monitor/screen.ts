import { formatDuration } from '../util/display-text.ts';
import { at } from '../util/indexed.ts';
import type { Paint } from '../util/terminal-text.ts';
import { columnsOf, fitted, harmlessText, shortened } from '../util/terminal-text.ts';
import type { Chart, History } from './chart.ts';
import { formatQuantity } from './quantity.ts';

/** The host does not answer. */
export interface Outage {
  /** Milliseconds since 1970. */
  readonly sinceMs: number;
  readonly why: string;
}

/** What a live view shows, and into what. */
export interface ScreenState {
  readonly history: History;
  readonly host: string;
  readonly intervalMs: number;
  readonly elapsedMs: number;
  readonly outage: Outage | undefined;
  /** What runs under it, and its last lines. */
  readonly program: { readonly line: string; readonly tail: readonly string[] } | undefined;
  readonly columns: number;
  readonly rows: number;
  readonly isUtf8: boolean;
  readonly paint: Paint;
}

const colours = ['cyan', 'yellow', 'magenta', 'green', 'blue', 'red'] as const;
const mostHeight = 4;
const mostTail = 5;
const valueColumns = 11;
const leastBars = 8;

/** The whole screen as lines, none wider than the terminal and not more than it has rows. */
export function screenLines(state: ScreenState): string[] {
  const { history, columns, rows, paint } = state;
  const head = [header(state), ...outageLine(state)];
  const foot = programLines(state);
  const room = rows - head.length - foot.length;
  const lineCount = history.charts.reduce((sum, { lines }) => sum + lines.length, 0);
  const height = Math.floor((room - history.charts.length) / Math.max(1, lineCount));
  // Too low for titles of their own: they stand before the labels.
  const isCompact = height < 1;
  const body = history.charts.flatMap((chart) =>
    chartLines(chart, state, isCompact ? 1 : Math.min(mostHeight, height), isCompact),
  );
  const left = body.length - room;
  const displayName =
    left > 0
      ? [
          ...body.slice(0, Math.max(0, room - 1)),
          paint('dim', cut(`… ${left + 1} more lines: a higher terminal shows them`, columns)),
        ]
      : body;
  return [...head, ...displayName, ...foot].slice(0, rows);
}

function header({ host, intervalMs, elapsedMs, history, columns, paint }: ScreenState): string {
  const left = ` ${harmlessText(host)}  every ${formatDuration(intervalMs)}, ${history.length} samples, ${formatDuration(elapsedMs)}`;
  const right = 'q ends ';
  const gap = columns - columnsOf(left) - right.length;
  return paint('inverse', gap < 1 ? fitted(left, columns, '…') : left + ' '.repeat(gap) + right);
}

function outageLine({ outage, columns, paint }: ScreenState): string[] {
  if (outage === undefined) return [];
  const since = clockText(outage.sinceMs);
  return [paint('red', cut(` no answer since ${since}, trying again: ${harmlessText(outage.why)}`, columns))];
}

function programLines({ program, columns, rows, paint }: ScreenState): string[] {
  if (program === undefined) return [];
  const most = Math.max(0, Math.min(mostTail, rows - 20));
  const tail = most === 0 ? [] : program.tail.slice(-most);
  return [
    paint('bold', cut(`$ ${harmlessText(program.line)}`, columns)),
    ...tail.map((line) => paint('dim', cut(`  | ${harmlessText(line)}`, columns))),
  ];
}

function chartLines(chart: Chart, state: ScreenState, height: number, isCompact: boolean): string[] {
  const { history, columns, isUtf8, paint } = state;
  const labels = chart.lines.map(({ label }) => harmlessText(isCompact ? `${chart.title} ${label}` : label));
  const labelColumns = Math.min(
    Math.floor(columns / 3),
    Math.max(
      12,
      ...state.history.charts.flatMap(({ title, lines }) =>
        lines.map(({ label }) => columnsOf(isCompact ? `${title} ${label}` : label)),
      ),
    ),
  );
  const bars = columns - labelColumns - valueColumns - 4;
  const window = chart.lines.map(({ id }) => {
    const values = history.valuesOf(id).slice(-Math.max(leastBars, bars));
    return [...new Array<undefined>(Math.max(0, bars - values.length)), ...values];
  });
  const range = rangeOf(chart, window.flat());
  const title = `${harmlessText(chart.title)}  ${formatQuantity(range.low, chart.quantity)} to ${formatQuantity(range.high, chart.quantity)}`;
  const lines = chart.lines.flatMap(({ id }, line) => {
    const last = history.valuesOf(id).at(-1);
    const value = last === undefined ? '-' : formatQuantity(last, chart.quantity);
    if (bars < leastBars) return [cut(`${at(labels, line)} ${value}`, columns)];
    const rows = sparkRows(at(window, line), range, height, isUtf8);
    return rows.map((row, index) => {
      const isLast = index === rows.length - 1;
      const label = fitted(isLast ? at(labels, line) : '', labelColumns, '…');
      const colour = at(colours, line % colours.length);
      return `  ${label} ${paint(colour, row)} ${isLast ? value.padStart(valueColumns) : ''}`.trimEnd();
    });
  });
  return isCompact ? lines : [paint('bold', cut(title, columns)), ...lines];
}

/** From 0, or the smallest value when that is less, to the chart's own end or a round number above the largest value. */
function rangeOf({ most }: Chart, values: readonly (number | undefined)[]): Range {
  const known = values.filter((value) => value !== undefined);
  const low = known.reduce((least, value) => Math.min(least, value), 0);
  const largest = known.reduce((largest, value) => Math.max(largest, value), 0);
  if (most !== undefined && largest <= most * 1.05) return { low, high: most };
  return { low, high: largest };
}

function cut(text: string, columns: number): string {
  return shortened(text, columns, '…');
}

/** The time of day on this machine: `14:03:59`. */
export function clockText(timeMs: number): string {
  return new Date(timeMs).toTimeString().slice(0, 8);
}

const blocks = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ascii = [' ', '.', ':', '-', '=', '+', '*', '%', '#'];

/** The range of an axis: where its lower edge is, and its upper one. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/**
 * A row of bars, `height` text rows high, from the top row to the bottom one; one column a value. A value that is not known leaves
 * a gap, the smallest known one still shows a foot.
 */
export function sparkRows(
  values: readonly (number | undefined)[],
  { low, high }: Range,
  height: number,
  isUtf8: boolean,
): string[] {
  const marks = isUtf8 ? blocks : ascii;
  const full = height * 8;
  const eighths = values.map((value) => {
    if (value === undefined) return 0;
    const share = high > low ? (value - low) / (high - low) : 0;
    return Math.max(1, Math.min(full, Math.round(share * full)));
  });
  return Array.from({ length: height }, (_, row) => {
    const below = (height - 1 - row) * 8;
    return eighths.map((size) => marks[Math.max(0, Math.min(8, size - below))] ?? ' ').join('');
  });
}
