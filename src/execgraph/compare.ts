import { formatDuration } from '../util/display-text.ts';
import { at } from '../util/indexed.ts';
import type { Paint } from '../util/terminal-text.ts';
import { columnsOf, fitted, harmlessText } from '../util/terminal-text.ts';
import { groupBy, type MeasuredCall, type MeasuredGraph } from './measure.ts';

/** The calls of one path in one of the runs. */
interface PathSide {
  readonly count: number;
  readonly failed: number;
  /** Calls that tell start and finish; the sums are over these. */
  readonly timed: number;
  readonly totalMs: number;
  readonly runningMs: number;
  /** How many calls ran where, most first; calls of unknown hosts are left out. */
  readonly hosts: readonly { readonly host: string; readonly count: number }[];
}

/** All calls that came about by the same chain of functions from a root, in both runs. */
export interface ComparedPath {
  /** `user/function`; {@link noName} for calls without a result. */
  readonly name: string;
  /** The path of the caller; undefined for a root. */
  readonly parent: ComparedPath | undefined;
  readonly depth: number;
  readonly a: PathSide;
  readonly b: PathSide;
  /** Calls that have a counterpart: the same path, called as the n-th of its name by callers that are counterparts. */
  readonly paired: number;
  /** Of those, the ones that ran on different hosts. */
  readonly moved: number;
  /** b - a; a call that is in one run only counts in full. */
  readonly totalDifferenceMs: number;
  readonly runningDifferenceMs: number;
}

/** Two runs side by side. */
export interface Comparison {
  /**
   * Largest difference in running time first: total times repeat what was called, so that one slow call would stand at the
   * top of the list once for each of its callers.
   */
  readonly paths: readonly ComparedPath[];
  readonly a: RunSide;
  readonly b: RunSide;
  readonly paired: number;
  readonly moved: number;
}

/** One run as a whole. */
interface RunSide {
  readonly calls: number;
  readonly failed: number;
  /** From the first start to the last end; undefined when no call tells. */
  readonly durationMs: number | undefined;
  /** Sum over all calls. */
  readonly runningMs: number;
  /** Calls without a counterpart in the other run. */
  readonly alone: number;
}

/** What calls are filed under of which nobody tells the function. */
const noName = '(no result)';

interface SideDraft {
  count: number;
  failed: number;
  timed: number;
  totalMs: number;
  runningMs: number;
  readonly hosts: Map<string, number>;
}

interface PathDraft {
  readonly name: string;
  readonly parent: PathDraft | undefined;
  readonly depth: number;
  readonly below: Map<string, PathDraft>;
  readonly a: SideDraft;
  readonly b: SideDraft;
  paired: number;
  moved: number;
}

/** Aligns two runs by function path, siblings of one name in the order of their calls. Linear, any depth. */
export function compareGraphs(a: MeasuredGraph, b: MeasuredGraph): Comparison {
  const top = new Map<string, PathDraft>();
  const drafts: PathDraft[] = [];
  const work: Work[] = [{ a: a.roots, b: b.roots, below: top, parent: undefined }];
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const [groupsA, groupsB] = [groupBy(next.a, nameOf), groupBy(next.b, nameOf)];
    for (const name of new Set([...groupsA.keys(), ...groupsB.keys()])) {
      const path = next.below.get(name) ?? newPath(name, next.parent);
      if (!next.below.has(name)) {
        next.below.set(name, path);
        drafts.push(path);
      }
      const [callsA, callsB] = [groupsA.get(name) ?? [], groupsB.get(name) ?? []];
      for (let i = 0; i < Math.max(callsA.length, callsB.length); i += 1) {
        const [one, other] = [callsA[i], callsB[i]];
        count(path, one, other);
        const [below, parent] = [path.below, path];
        work.push({ a: one?.children ?? [], b: other?.children ?? [], below, parent });
      }
    }
  }
  const paths = finished(drafts).sort(byDifference);
  const sum = (of: (path: ComparedPath) => number): number => paths.reduce((all, path) => all + of(path), 0);
  const paired = sum((path) => path.paired);
  return { paths, a: runSide(a, paired), b: runSide(b, paired), paired, moved: sum(({ moved }) => moved) };
}

interface Work {
  readonly a: readonly MeasuredCall[];
  readonly b: readonly MeasuredCall[];
  readonly below: Map<string, PathDraft>;
  readonly parent: PathDraft | undefined;
}

function nameOf({ message, name }: MeasuredCall): string {
  return message === undefined ? noName : name;
}

function newPath(name: string, parent: PathDraft | undefined): PathDraft {
  const side = (): SideDraft => ({
    count: 0,
    failed: 0,
    timed: 0,
    totalMs: 0,
    runningMs: 0,
    hosts: new Map(),
  });
  const depth = parent === undefined ? 0 : parent.depth + 1;
  return { name, parent, depth, below: new Map(), a: side(), b: side(), paired: 0, moved: 0 };
}

function count(path: PathDraft, a: MeasuredCall | undefined, b: MeasuredCall | undefined): void {
  if (a !== undefined) add(path.a, a);
  if (b !== undefined) add(path.b, b);
  if (a === undefined || b === undefined) return;
  path.paired += 1;
  if (a.host !== undefined && b.host !== undefined && a.host !== b.host) path.moved += 1;
}

function add(side: SideDraft, { state, host, totalMs, runningMs }: MeasuredCall): void {
  side.count += 1;
  if (state === 'failed') side.failed += 1;
  if (host !== undefined) side.hosts.set(host, (side.hosts.get(host) ?? 0) + 1);
  if (totalMs === undefined) return;
  side.timed += 1;
  side.totalMs += totalMs;
  side.runningMs += runningMs ?? 0;
}

/** Callers come before what they call, so that each finds its parent ready. */
function finished(drafts: readonly PathDraft[]): ComparedPath[] {
  const ready = new Map<PathDraft, ComparedPath>();
  for (const draft of drafts) {
    const { name, depth, a, b, paired, moved } = draft;
    const parent = draft.parent === undefined ? undefined : ready.get(draft.parent);
    ready.set(draft, {
      ...{ name, parent, depth, paired, moved },
      a: finishedSide(a),
      b: finishedSide(b),
      totalDifferenceMs: b.totalMs - a.totalMs,
      runningDifferenceMs: b.runningMs - a.runningMs,
    });
  }
  return [...ready.values()];
}

function finishedSide(side: SideDraft): PathSide {
  const hosts = [...side.hosts]
    .map(([host, calls]) => ({ host, count: calls }))
    .sort((a, b) => b.count - a.count || (a.host < b.host ? -1 : 1));
  return { ...side, hosts };
}

function byDifference(a: ComparedPath, b: ComparedPath): number {
  return (
    Math.abs(b.runningDifferenceMs) - Math.abs(a.runningDifferenceMs) ||
    Math.abs(b.totalDifferenceMs) - Math.abs(a.totalDifferenceMs) ||
    Math.abs(b.b.count - b.a.count) - Math.abs(a.b.count - a.a.count) ||
    a.depth - b.depth
  );
}

function runSide({ calls, startMs, finishMs }: MeasuredGraph, paired: number): RunSide {
  return {
    calls: calls.length,
    failed: calls.filter(({ state }) => state === 'failed').length,
    durationMs: startMs === undefined || finishMs === undefined ? undefined : Math.max(0, finishMs - startMs),
    runningMs: calls.reduce((sum, { runningMs }) => sum + (runningMs ?? 0), 0),
    alone: calls.length - paired,
  };
}

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
  const lines = labels.map((label, row) => {
    const path = displayed[row - 1];
    const line = `${fitted(label, room, cut)}  ${at(cells, row).padStart(cellColumns)}`;
    if (path === undefined) return paint(row === 0 ? 'dim' : 'bold', line);
    return path.a.count === 0 || path.b.count === 0 ? paint('yellow', line) : line;
  });
  const rest = paths.length - displayed.length;
  if (rest > 0) lines.splice(-1, 0, paint('dim', `and ${plural(rest, 'path')} more; --json has all`));
  return lines;
}

/** The function and its nearest callers; what calls itself is named once, with how often. */
function pathText(path: ComparedPath, utf8: boolean): string {
  const parts: { readonly name: string; times: number }[] = [];
  let caller: ComparedPath | undefined = path;
  for (; caller !== undefined; caller = caller.parent) {
    const last = parts.at(-1);
    if (last?.name === caller.name) last.times += 1;
    else if (parts.length > mostCallers) break;
    else parts.push({ name: caller.name, times: 1 });
  }
  const [arrow, times] = utf8 ? [' › ', '×'] : [' > ', 'x'];
  const names = parts.map(
    ({ name, times: count }) => harmlessText(name) + (count === 1 ? '' : ` ${times}${count}`),
  );
  return [...(caller === undefined ? [] : [utf8 ? '…' : '..']), ...names.reverse()].join(arrow);
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
  const widths = at(rows, 0).map((_, column) => Math.max(...rows.map((row) => columnsOf(at(row, column)))));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = at(widths, column);
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
