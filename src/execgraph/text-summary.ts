import { formatDuration } from '../util/display-text.ts';
import { columnsOf, fitted, harmlessText, type Paint, shortened } from '../util/terminal-text.ts';
import { type GroupStats, noHost, noResult, summariseGraph } from './call-stats.ts';
import { criticalPath, type PathShare, pathByFunction, pathByHost } from './critical-path.ts';
import type { MeasuredGraph } from './measure.ts';
import { clockReport } from './skew.ts';

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
export function clockLines(graph: MeasuredGraph): string[] {
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
  const widths = head.map((name, at) => Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const numbers = (cells: readonly string[]): string =>
    cells.map((cell, at) => cell.padStart(widths[at] ?? 0)).join('  ');
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
  const lines = displayed.map((group, at) => {
    const label = fitted(names[at] ?? '', name, cut);
    const line = `${label}  ${numbers(rows[at] ?? [])}${paint('dim', tail(split(group)))}`;
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
