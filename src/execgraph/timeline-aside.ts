import { formatDuration } from '../util/display-text.ts';
import { displayHtml } from '../util/html.ts';
import type { GraphSummary } from './call-stats.ts';
import { type CriticalPath, type PathShare, pathByFunction, pathByHost } from './critical-path.ts';
import { ownHues } from './timeline/theme.ts';

/** Rows of a table, the rest in one row. */
const mostRows = 12;

/** What stands beside the chart: the critical path's shares, all calls by function, and what the drawing means. */
export function timelineAside(
  summary: GraphSummary,
  path: CriticalPath | undefined,
  hueOf: ReadonlyMap<string, number>,
  has: { readonly failed: boolean; readonly open: boolean; readonly untold: boolean; readonly skew: boolean },
): string {
  return (
    (path === undefined
      ? '<section><h2>Critical path</h2><p class="muted">None yet: no call from outside has ended.</p></section>\n'
      : shareTable('Critical path by function', pathByFunction(path), hueOf) +
        shareTable('Critical path by host', pathByHost(path), new Map())) +
    functionTable(summary, hueOf) +
    key(has)
  );
}

function shareTable(title: string, shares: readonly PathShare[], hueOf: ReadonlyMap<string, number>): string {
  const displayed = withRest(shares, (rest) => ({
    name: `${rest.length} more`,
    ms: rest.reduce((sum, { ms }) => sum + ms, 0),
    share: rest.reduce((sum, { share }) => sum + share, 0),
  }));
  const rows = displayed.map(
    ({ name, ms, share }) =>
      `<tr><td>${named(name, hueOf)}${shareBar(share)}</td>` +
      `<td>${(share * 100).toFixed(1)}%</td><td>${formatDuration(ms)}</td></tr>`,
  );
  return table(title, ['', 'share', 'time'], rows);
}

function functionTable({ functions }: GraphSummary, hueOf: ReadonlyMap<string, number>): string {
  const rows = withRest(
    functions.map(({ name, count, runningMs, waitingMs }) => ({ name, count, runningMs, waitingMs })),
    (rest) => ({
      name: `${rest.length} more`,
      count: rest.reduce((sum, { count }) => sum + count, 0),
      runningMs: rest.reduce((sum, { runningMs }) => sum + runningMs, 0),
      waitingMs: rest.reduce((sum, { waitingMs }) => sum + waitingMs, 0),
    }),
  ).map(
    ({ name, count, runningMs, waitingMs }) =>
      `<tr><td>${named(name, hueOf)}</td><td>${count}</td>` +
      `<td>${formatDuration(runningMs)}</td><td>${formatDuration(waitingMs)}</td></tr>`,
  );
  return table('All calls by function', ['', 'calls', 'running', 'waiting'], rows);
}

function withRest<T>(rows: readonly T[], sum: (rest: readonly T[]) => T): readonly T[] {
  return rows.length <= mostRows + 1 ? rows : [...rows.slice(0, mostRows), sum(rows.slice(mostRows))];
}

function table(title: string, heads: readonly string[], rows: readonly string[]): string {
  const head = heads.map((text) => `<th scope="col">${text}</th>`).join('');
  return `<section><h2>${title}</h2><table><thead><tr>${head}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table></section>\n`;
}

function named(name: string, hueOf: ReadonlyMap<string, number>): string {
  return `<span class="named">${swatch(hueOf.get(name))}<bdi>${displayHtml(name)}</bdi></span>`;
}

function swatch(hue: number | undefined): string {
  if (hue === undefined) return '';
  return `<svg class="swatch" viewBox="0 0 11 11" aria-hidden="true"><rect class="h${Math.min(hue, ownHues)}" x=".5" y=".5" width="10" height="10" rx="1.5"/></svg>`;
}

function shareBar(share: number): string {
  const width = Math.min(100, Math.max(share * 100, 0.5)).toFixed(1);
  return `<svg class="share" aria-hidden="true"><rect class="all" width="100%" height="4"/><rect class="part" width="${width}%" height="4"/></svg>`;
}

function key(has: Parameters<typeof timelineAside>[3]): string {
  const bar = '<rect class="edge" x=".5" y=".5" width="43" height="13"/>';
  const entries: readonly (readonly [boolean, string, string])[] = [
    [true, `<rect class="run" width="44" height="14"/>${bar}`, 'running'],
    [true, `<rect class="wait" width="44" height="14"/>${bar}`, 'waiting for a call it made'],
    [
      true,
      `<rect class="run" width="44" height="14"/>${bar}<path class="ink" d="M0 12.5H44"/>`,
      'on the critical path',
    ],
    [
      has.failed,
      '<rect class="run" width="44" height="14"/><path class="red" d="M2 14 16 0M12 14 26 0M22 14 36 0M32 14 44 2"/><rect class="red" x="1" y="1" width="42" height="12"/>',
      '✕ failed',
    ],
    [
      has.open,
      `<rect class="run" width="44" height="14"/>${bar}<path class="gap" d="M45 -1V15L38 11.5 44 7 38 3.5 44 0Z"/>`,
      'had not ended',
    ],
    [has.untold, '<rect class="dash" x=".5" y=".5" width="43" height="13"/>', '? no times known'],
    [
      has.skew,
      `<rect class="run" width="44" height="14"/>${bar}<path class="amber" d="M0 6 8 14M4 0 18 14M14 0 20 6"/>`,
      '◂ before its caller began: clocks differ',
    ],
  ];
  const displayName = entries.flatMap(([isDisplayed, drawing, words]) =>
    isDisplayed
      ? [`<dt><svg width="44" height="14" aria-hidden="true">${drawing}</svg></dt><dd>${words}</dd>`]
      : [],
  );
  return `<section><h2>Key</h2><dl class="key">\n${displayName.join('\n')}\n</dl></section>\n`;
}
