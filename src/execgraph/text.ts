import { formatDuration } from '../util/display-text.ts';
import { at } from '../util/indexed.ts';
import type { Paint } from '../util/terminal-text.ts';
import { columnsOf, fitted, harmlessText, shortened } from '../util/terminal-text.ts';
import { clockReport, type GroupStats, noHost, noResult, statsOf, summariseGraph } from './call-stats.ts';
import {
  type CriticalPath,
  criticalPath,
  type PathShare,
  pathByFunction,
  pathByHost,
} from './critical-path.ts';
import { type FoldedNode, foldSiblings } from './folding.ts';
import { groupBy, type MeasuredCall, type MeasuredGraph } from './measure.ts';

export interface TreeOptions {
  readonly paint: Paint;
  /** Width of the terminal. */
  readonly columns: number;
  /** False draws with ASCII only. */
  readonly utf8: boolean;
}

interface Glyphs {
  readonly tee: string;
  readonly corner: string;
  readonly bar: string;
  readonly full: string;
  readonly track: string;
  readonly cut: string;
  readonly times: string;
}

const unicode: Glyphs = {
  tee: '├─ ',
  corner: '└─ ',
  bar: '│  ',
  full: '█',
  track: '·',
  cut: '…',
  times: '×',
};
const ascii: Glyphs = { tee: '|- ', corner: '`- ', bar: '|  ', full: '#', track: '.', cut: '..', times: 'x' };

/** Siblings up to this many are each shown; more of one function become one line. */
const keepUpTo = 4;
/** Room that a name keeps beside its indent; lines too deep for that say their depth instead. */
const leastName = 14;

interface Row {
  readonly node: FoldedNode;
  readonly indent: string;
}

interface Columns {
  readonly name: number;
  readonly duration: number;
  readonly bar: number;
  readonly host: number;
}

/** A page of text is as wide as this. */
const pageColumns = 120;

/** The tree with its headline and tables, for a file. */
export function treePage(
  graph: MeasuredGraph,
  { title, utf8 }: { readonly title: string; readonly utf8: boolean },
): string {
  return `${treeText(graph, title, { paint: (_style, text) => text, columns: pageColumns, utf8 })}\n`;
}

/** The tree with its headline and tables. No newline at the end. */
export function treeText(graph: MeasuredGraph, title: string, options: TreeOptions): string {
  const heading = `${options.paint('bold', harmlessText(title))}: ${headline(graph)}`;
  return [heading, '', formatTree(graph, options), '', formatGraphSummary(graph, options)].join('\n');
}

/**
 * The tree of calls, a line a call (or a line for siblings that repeat): name, time, a bar on the time axis of the
 * graph, host, and what went wrong. Calls on the critical path are bold and marked with `*`. No newline at the end.
 */
export function formatTree(graph: MeasuredGraph, options: TreeOptions): string {
  const glyphs = options.utf8 ? unicode : ascii;
  const path = criticalPath(graph);
  const rows = rowsOf(
    foldSiblings(graph.roots, { keepUpTo, keyOf: ({ name, state }) => `${state} ${name}` }),
    glyphs,
    Math.floor((nameColumns(options.columns) - leastName) / 3),
  );
  const cells = rows.map(({ node, indent }) => {
    const [first] = node.calls;
    const isCritical = node.calls.some((call) => path?.calls.has(call) === true);
    const times = node.calls.length > 1 ? ` ${glyphs.times}${node.calls.length}` : '';
    return {
      node,
      isCritical,
      // The count must survive when a long name is cut.
      indent,
      name: harmlessText(first?.name ?? ''),
      times,
      duration: durationOf(node),
      host: hostsOf(node.calls),
      remark: remarkOf(node),
    };
  });
  const widest = (of: (cell: (typeof cells)[number]) => string): number =>
    cells.reduce((most, cell) => Math.max(most, columnsOf(of(cell))), 0);
  const columns = share(options.columns, {
    name: widest(({ indent, name, times }) => `${indent}${name}${times} *`),
    duration: widest(({ duration }) => duration),
    host: widest(({ host }) => host),
    remark: Math.min(
      48,
      widest(({ remark }) => remark),
    ),
  });
  return cells
    .map(({ node, isCritical, indent, name, times, duration, host, remark }) => {
      const { paint } = options;
      const room = columns.name - columnsOf(indent) - columnsOf(times) - 2;
      const displayName = fitted(name, Math.min(columnsOf(name), Math.max(room, 8)), glyphs.cut);
      const used = columnsOf(indent) + columnsOf(displayName) + columnsOf(times);
      const mark = isCritical ? ' *' : '';
      const fill = ' '.repeat(Math.max(0, columns.name - used - mark.length));
      const label = isCritical ? paint('bold', `${displayName}${times}${mark}`) : `${displayName}${times}`;
      const parts = [
        `${paint('dim', indent)}${label}${fill}`,
        duration.padStart(columns.duration),
        ...(columns.bar === 0 ? [] : [barOf(node, graph, columns.bar, glyphs, path, paint)]),
        ...(columns.host === 0 ? [] : [paint('cyan', fitted(host, columns.host, glyphs.cut))]),
      ];
      const line = parts.join('  ');
      if (remark === '') return line.trimEnd();
      const left = Math.max(12, options.columns - columns.name - columns.duration - 2 - after(columns) - 2);
      const says = shortened(remark, left, glyphs.cut);
      return `${line}  ${paint(node.calls[0]?.state === 'failed' ? 'red' : 'yellow', says)}`.trimEnd();
    })
    .join('\n');
}

function after({ bar, host }: Columns): number {
  return (bar === 0 ? 0 : bar + 2) + (host === 0 ? 0 : host + 2);
}

/** Gives each column its share of the terminal; on narrow ones the bar goes first, then the host. */
function share(all: number, wanted: Omit<Columns, 'bar'> & { readonly remark: number }): Columns {
  const duration = wanted.duration;
  const host = Math.min(wanted.host, 24);
  const rest = all - duration - 2;
  const name = Math.min(wanted.name, nameColumns(all));
  const free = rest - name - host - 2;
  const bar = free - 2 - (wanted.remark === 0 ? 0 : wanted.remark + 2);
  if (free >= 14) return { name, duration, host, bar: Math.max(10, Math.min(32, bar)) };
  if (free >= 0) return { name, duration, host, bar: 0 };
  return { name: Math.min(wanted.name, Math.max(12, rest)), duration, host: 0, bar: 0 };
}

/** The most columns that names and their indents take. */
function nameColumns(all: number): number {
  return Math.max(24, Math.floor(all * 0.55));
}

/** Depth first, with the lines that lead to each node. */
function rowsOf(top: readonly FoldedNode[], glyphs: Glyphs, deepest: number): Row[] {
  const rows: Row[] = [];
  const work = top.map((node) => ({ node, indent: '', below: '', depth: 0 })).reverse();
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const { node, indent, below, depth } = next;
    rows.push({ node, indent });
    const last = node.children.length - 1;
    for (let at = last; at >= 0; at--) {
      const child = node.children[at];
      if (child === undefined) continue;
      const isDeep = depth + 1 > deepest;
      const lead = isDeep ? `[${depth + 1}] ` : below;
      work.push({
        node: child,
        indent: `${lead}${at === last ? glyphs.corner : glyphs.tee}`,
        below: isDeep ? below : `${below}${at === last ? '   ' : glyphs.bar}`,
        depth: depth + 1,
      });
    }
  }
  return rows;
}

function durationOf({ calls }: FoldedNode): string {
  if (calls.length === 1) {
    const [call] = calls;
    if (call?.totalMs !== undefined) return formatDuration(call.totalMs);
    return call?.state === 'unfinished' ? 'running' : '-';
  }
  const { maxMs } = statsOf(calls);
  return maxMs === undefined ? '-' : formatDuration(maxMs);
}

function hostsOf(calls: readonly MeasuredCall[]): string {
  const hosts = groupBy(calls, ({ host }) => host ?? '');
  const named = [...hosts].filter(([host]) => host !== '').sort((a, b) => b[1].length - a[1].length);
  const [most] = named;
  if (most === undefined) return '';
  return harmlessText(named.length === 1 ? most[0] : `${named.length} hosts`);
}

function remarkOf({ calls }: FoldedNode): string {
  const [call] = calls;
  if (call === undefined) return '';
  const spread = spreadOf(calls);
  switch (call.state) {
    case 'failed': {
      const values = new Set(calls.map(({ message }) => message?.returnValue));
      const reasons = new Set(calls.map(({ message }) => harmlessText((message?.output ?? '').trim())));
      const [reason = ''] = reasons;
      const value = values.size === 1 ? ` (${call.message?.returnValue})` : '';
      const why = reasons.size === 1 && reason !== '' ? `: ${reason}` : '';
      return [`failed${value}${why}`, spread].filter((text) => text !== '').join('  ');
    }
    case 'unfinished':
      return 'no result yet';
    case 'missing':
      return 'no result: never ran, or forgotten';
    default:
      return spread;
  }
}

function spreadOf(calls: readonly MeasuredCall[]): string {
  const { p50Ms, p90Ms, maxMs } = statsOf(calls);
  if (calls.length < 2 || p50Ms === undefined || p90Ms === undefined || maxMs === undefined) return '';
  return `p50 ${formatDuration(p50Ms)}  p90 ${formatDuration(p90Ms)}  max ${formatDuration(maxMs)}`;
}

/** When these calls ran, on the graph's time axis: from the first start to the last finish. */
function barOf(
  { calls }: FoldedNode,
  graph: MeasuredGraph,
  width: number,
  glyphs: Glyphs,
  path: CriticalPath | undefined,
  paint: Paint,
): string {
  const { startMs: graphStart, finishMs: graphFinish } = graph;
  if (graphStart === undefined || graphFinish === undefined) return ' '.repeat(width);
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { startMs, finishMs } of calls) {
    from = Math.min(from, startMs ?? from);
    to = Math.max(to, finishMs ?? startMs ?? to);
  }
  if (!Number.isFinite(from) || !Number.isFinite(to)) return ' '.repeat(width);
  const span = Math.max(1, graphFinish - graphStart);
  const start = Math.min(width - 1, Math.max(0, Math.floor(((from - graphStart) / span) * width)));
  const end = Math.min(width, Math.max(start + 1, Math.round(((to - graphStart) / span) * width)));
  const colour =
    calls[0]?.state === 'failed' ? 'red' : calls.some((call) => path?.calls.has(call)) ? 'yellow' : 'green';
  return (
    paint('dim', glyphs.track.repeat(start)) +
    paint(colour, glyphs.full.repeat(end - start)) +
    paint('dim', glyphs.track.repeat(width - end))
  );
}

interface SummaryOptions {
  readonly paint: Paint;
  readonly columns: number;
  readonly utf8: boolean;
}

/** Rows a table has at most; the rest is one line that says how many. */
const mostRows = 20;

/** One line that says what the graph is: `6 calls of 2 functions on 2 hosts in 408 ms, 1 failed`. */
export function headline(graph: MeasuredGraph): string {
  const { functions, hosts, all } = summariseGraph(graph);
  const onHosts = hosts.filter(({ name }) => name !== noHost).length;
  const told = functions.filter(({ name }) => name !== noResult).length;
  const parts = [
    `${plural(all.count, 'call')}${told === 0 ? '' : ` of ${plural(told, 'function')}`}${onHosts === 0 ? '' : ` on ${plural(onHosts, 'host')}`}`,
  ];
  const { startMs, finishMs } = graph;
  if (startMs !== undefined && finishMs !== undefined)
    parts.push(` in ${formatDuration(finishMs - startMs)}`);
  if (all.failed > 0) parts.push(`, ${all.failed} failed`);
  if (all.open > 0) parts.push(`, ${all.open} without a result${graph.isFinished ? '' : ' yet'}`);
  return parts.join('');
}

/** The tables under a tree: by function, by host, the critical path, and what the clocks tell. No newline at the end. */
export function formatGraphSummary(graph: MeasuredGraph, options: SummaryOptions): string {
  const { paint } = options;
  const { functions, hosts } = summariseGraph(graph);
  const path = criticalPath(graph);
  const sections = [
    [paint('bold', 'By function'), ...table(functions, 'function', 'hosts', options)],
    [paint('bold', 'By host'), ...table(hosts, 'host', 'functions', options)],
  ];
  if (path !== undefined && path.segments.length > 0) {
    const line = (title: string, parts: readonly PathShare[]): string =>
      `${title}  ${parts
        .slice(0, 5)
        .map(({ name, ms, share }) => `${harmlessText(name)} ${formatDuration(ms)} (${percent(share)})`)
        .join(', ')}${parts.length > 5 ? `, and ${parts.length - 5} more` : ''}`;
    sections.push([
      `${paint('bold', 'Critical path')} ${formatDuration(path.lengthMs)} ${paint('dim', '(marked * in the tree)')}`,
      line('by function', pathByFunction(path)),
      line('by host    ', pathByHost(path)),
    ]);
  }
  const clocks = clockLines(graph);
  if (clocks.length > 0) sections.push([paint('yellow', 'About the times'), ...clocks]);
  return sections.map((lines) => lines.join('\n')).join('\n\n');
}

/** What the times tell about the hosts' clocks, a sentence each; empty when nothing is odd. */
function clockLines(graph: MeasuredGraph): string[] {
  const { skews, lateEnds } = clockReport(graph);
  return [
    ...skews.map(({ callerHost, calleeHost, calls, atLeastMs }) => {
      const [caller, callee] = [harmlessText(callerHost), harmlessText(calleeHost)];
      const how = calls === 1 ? '1 call' : `${calls} calls`;
      return callerHost === calleeHost
        ? `The clock of ${callee} was set back by at least ${formatDuration(atLeastMs)} meanwhile (${how})`
        : `The clock of ${callee} is at least ${formatDuration(atLeastMs)} behind that of ${caller}: ${how} started before the caller`;
    }),
    ...lateEnds.map(({ callerHost, calleeHost, calls, mostMs }) => {
      const [caller, callee] = [harmlessText(callerHost), harmlessText(calleeHost)];
      const how = `${plural(calls, 'call')} on ${callee} ended after the caller${callerHost === calleeHost ? '' : ` on ${caller}`}, by up to ${formatDuration(mostMs)}`;
      return callerHost === calleeHost
        ? `${how}: the caller did not wait`
        : `${how}: the caller did not wait, or the clock of ${callee} is ahead`;
    }),
  ];
}

function table(
  groups: readonly GroupStats[],
  title: string,
  splitTitle: string,
  { paint, columns, utf8 }: SummaryOptions,
): string[] {
  const head = ['calls', 'failed', 'p50', 'p90', 'max', 'total', 'running', 'share'];
  const displayed = groups.slice(0, mostRows);
  const rows = displayed.map((group) => [
    String(group.count),
    group.failed === 0 ? '-' : String(group.failed),
    time(group.p50Ms),
    time(group.p90Ms),
    time(group.maxMs),
    group.timed === 0 ? '-' : formatDuration(group.totalMs),
    group.timed === 0 ? '-' : formatDuration(group.runningMs),
    percent(group.share),
  ]);
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => at(row, column).length)),
  );
  const numbers = (cells: readonly string[]): string =>
    cells.map((cell, column) => cell.padStart(at(widths, column))).join('  ');
  const used = widths.reduce((sum, width) => sum + width + 2, 0);
  const names = displayed.map(({ name }) => harmlessText(name));
  const name = Math.min(Math.max(title.length, ...names.map(columnsOf)), Math.max(16, columns - used));
  const split = (group: GroupStats): string =>
    group.split
      .map(({ name: part, count }) => `${harmlessText(part)} ${utf8 ? '×' : 'x'}${count}`)
      .join(', ');
  const left = columns - name - used - 2;
  const cut = utf8 ? '…' : '..';
  const tail = (text: string): string => (left < 12 ? '' : `  ${shortened(text, left, cut)}`);
  const lines = displayed.map((group, row) => {
    const label = fitted(at(names, row), name, cut);
    const line = `${label}  ${numbers(at(rows, row))}${paint('dim', tail(split(group)))}`;
    return (group.failed > 0 ? paint('red', line) : line).trimEnd();
  });
  const rest = groups.length - displayed.length;
  return [
    paint('dim', `${title.padEnd(name)}  ${numbers(head)}${tail(splitTitle)}`.trimEnd()),
    ...lines,
    ...(rest > 0 ? [paint('dim', `and ${rest} more`)] : []),
  ];
}

function time(ms: number | undefined): string {
  return ms === undefined ? '-' : formatDuration(ms);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
