import { formatDuration } from '../util/display-text.ts';
import { columnsOf, fitted, harmlessText, type Paint } from '../util/terminal-text.ts';
import type { ComparedPath, Comparison, PathSide, RunSide } from './compare.ts';

interface CompareTextOptions {
  readonly paint: Paint;
  readonly columns: number;
  readonly utf8: boolean;
  readonly nameA: string;
  readonly nameB: string;
}

/** Rows the table has at most; the rest is one line that says how many. */
const mostRows = 25;
/** Callers whose names stand before a path's own. */
const mostCallers = 3;
const narrowestPath = 20;
const mostMoved = 8;
const mostHosts = 4;

/** A comparison for a terminal: the runs as a whole, then the paths by difference, then their sum. No newline at the end. */
export function formatComparison(comparison: Comparison, options: CompareTextOptions): string {
  const { a, b } = comparison;
  const { paint, nameA, nameB } = options;
  const names = [`A  ${harmlessText(nameA)}`, `B  ${harmlessText(nameB)}`];
  if (comparison.paired === 0) {
    const only = `A has ${plural(a.calls, 'call')}, B has ${plural(b.calls, 'call')}.`;
    const line =
      'The two runs have nothing in common: no call in one has the function path of a call in the other.';
    return [...names, '', paint('yellow', line), only].join('\n');
  }
  return [
    ...names,
    '',
    ...wholes(comparison, options),
    '',
    ...table(comparison, options),
    ...placements(comparison, options),
  ].join('\n');
}

function wholes({ a, b, paired, moved }: Comparison, { paint }: CompareTextOptions): string[] {
  const duration = ({ durationMs }: RunSide): string =>
    durationMs === undefined ? '-' : formatDuration(durationMs);
  const durationDifference =
    a.durationMs === undefined || b.durationMs === undefined ? '-' : change(a.durationMs, b.durationMs);
  const rows = [
    ['', 'A', 'B', 'B - A'],
    ['first start to last end', duration(a), duration(b), durationDifference],
    [
      'running, all calls',
      formatDuration(a.runningMs),
      formatDuration(b.runningMs),
      change(a.runningMs, b.runningMs),
    ],
    ['calls', String(a.calls), String(b.calls), signed(b.calls - a.calls)],
    ['failed', String(a.failed), String(b.failed), signed(b.failed - a.failed)],
    ['only in one run', String(a.alone), String(b.alone), ''],
  ];
  const lines = aligned(rows).map((line, at) => (at === 0 ? paint('dim', line) : line));
  return [...lines, `${moved} of ${plural(paired, 'call')} in both runs on another host`];
}

function table({ paths, a, b, moved }: Comparison, options: CompareTextOptions): string[] {
  const { paint, columns, utf8 } = options;
  const displayed = paths.slice(0, mostRows);
  const head = ['calls', 'moved', 'running A', 'running B', 'B - A', 'total B - A'];
  const numbers = [
    head,
    ...displayed.map((path) => [
      path.a.count === path.b.count ? String(path.a.count) : `${path.a.count} -> ${path.b.count}`,
      whereabouts(path),
      time(path.a, path.a.runningMs),
      time(path.b, path.b.runningMs),
      change(path.a.runningMs, path.b.runningMs),
      signedTime(path.totalDifferenceMs),
    ]),
    [
      a.calls === b.calls ? String(a.calls) : `${a.calls} -> ${b.calls}`,
      String(moved),
      formatDuration(a.runningMs),
      formatDuration(b.runningMs),
      change(a.runningMs, b.runningMs),
      // Total times repeat what was called: their sum would mean nothing.
      '-',
    ],
  ];
  const cells = aligned(numbers.map((row) => ['', ...row])).map((line) => line.trimStart());
  const cellColumns = Math.max(...cells.map(columnsOf));
  const labels = ['function path', ...displayed.map((path) => pathText(path, utf8)), 'all paths'];
  const widest = Math.max(...labels.map(columnsOf));
  const room = Math.max(narrowestPath, Math.min(widest, columns - cellColumns - 2));
  const cut = utf8 ? '…' : '..';
  const lines = labels.map((label, at) => {
    const path = displayed[at - 1];
    const line = `${fitted(label, room, cut)}  ${(cells[at] ?? '').padStart(cellColumns)}`;
    if (path === undefined) return paint(at === 0 ? 'dim' : 'bold', line);
    return path.a.count === 0 || path.b.count === 0 ? paint('yellow', line) : line;
  });
  const rest = paths.length - displayed.length;
  if (rest > 0) lines.splice(-1, 0, paint('dim', `and ${plural(rest, 'path')} more; --json has all`));
  return lines;
}

/** The function and its nearest callers; what calls itself is named once, with how often. */
function pathText(path: ComparedPath, utf8: boolean): string {
  const parts: { readonly name: string; times: number }[] = [];
  let at: ComparedPath | undefined = path;
  for (; at !== undefined; at = at.parent) {
    const last = parts.at(-1);
    if (last?.name === at.name) last.times += 1;
    else if (parts.length > mostCallers) break;
    else parts.push({ name: at.name, times: 1 });
  }
  const [arrow, times] = utf8 ? [' › ', '×'] : [' > ', 'x'];
  const words = parts.map(
    ({ name, times: count }) => harmlessText(name) + (count === 1 ? '' : ` ${times}${count}`),
  );
  return [...(at === undefined ? [] : [utf8 ? '…' : '..']), ...words.reverse()].join(arrow);
}

/** In how many calls the host differs, or that there is nothing to compare. */
function whereabouts({ a, b, moved }: ComparedPath): string {
  if (b.count === 0) return 'only in A';
  if (a.count === 0) return 'only in B';
  return String(moved);
}

/** Where the calls of paths ran that ran elsewhere, most moved first. */
function placements({ paths }: Comparison, { paint, columns, utf8 }: CompareTextOptions): string[] {
  const moved = paths.filter((path) => path.moved > 0).sort((a, b) => b.moved - a.moved);
  if (moved.length === 0) return [];
  const cut = utf8 ? '…' : '..';
  const hosts = ({ hosts: all }: PathSide): string =>
    all
      .slice(0, mostHosts)
      .map(({ host, count }) => harmlessText(host) + (count === 1 ? '' : ` ${utf8 ? '×' : 'x'}${count}`))
      .join(', ') + (all.length > mostHosts ? ` and ${all.length - mostHosts} more` : '');
  const fit = (line: string): string =>
    columnsOf(line) > columns ? fitted(line, columns, cut).trimEnd() : line;
  const displayed = moved.slice(0, mostMoved);
  const lines = displayed.flatMap((path) => [
    fit(`${pathText(path, utf8)}: ${path.moved} of ${path.paired}`),
    paint('dim', fit(`  A  ${hosts(path.a)}`)),
    paint('dim', fit(`  B  ${hosts(path.b)}`)),
  ]);
  const rest = moved.length - displayed.length;
  if (rest > 0) lines.push(paint('dim', `and ${plural(rest, 'path')} more`));
  return ['', paint('bold', 'On another host'), ...lines];
}

function time({ timed }: PathSide, ms: number): string {
  return timed === 0 ? '-' : formatDuration(ms);
}

function change(fromMs: number, toMs: number): string {
  const share = fromMs === 0 || fromMs === toMs ? '' : ` (${signedPercent((toMs - fromMs) / fromMs)})`;
  return signedTime(toMs - fromMs) + share;
}

function signedTime(ms: number): string {
  return ms > 0 ? `+${formatDuration(ms)}` : formatDuration(ms);
}

function signedPercent(share: number): string {
  const percent = share * 100;
  return `${percent > 0 ? '+' : ''}${percent.toFixed(Math.abs(percent) < 1000 ? 1 : 0)} %`;
}

function signed(count: number): string {
  return count > 0 ? `+${count}` : String(count);
}

/** Rows of cells in columns, the first to the left, numbers to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => columnsOf(row[at] ?? ''))));
  return rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
