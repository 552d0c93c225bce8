import { formatDuration } from '../util/display-text.ts';
import { displayHtml, policyHash, scriptJson } from '../util/html.ts';
import { type ClockReport, clockReport, type GraphSummary, noHost, summariseGraph } from './call-stats.ts';
import {
  type CriticalPath,
  criticalPath,
  type PathShare,
  pathByFunction,
  pathByHost,
} from './critical-path.ts';
import type { MeasuredGraph } from './measure.ts';
import { darkTheme, lightTheme, ownHues, type Theme } from './timeline/theme.ts';
import { type Timeline, timelineOf } from './timeline-calls.ts';
import { packTimeline } from './timeline-data.ts';
import { timelineScript } from './timeline-script.ts';

interface TimelineOptions {
  readonly title: string;
}

/**
 * The graph in time as one HTML file: a lane a host, a bar a call, the critical path marked. It asks for nothing, from
 * no network, and allows itself nothing but its own script and style. Names may hold anything.
 */
export function timelinePage(measured: MeasuredGraph, { title }: TimelineOptions): string {
  const path = criticalPath(measured);
  const summary = summariseGraph(measured);
  const timeline = timelineOf(measured);
  const clocks = clockReport(measured);
  const called = new Set(measured.calls.map(({ name }) => name));
  const names = summary.functions.flatMap(({ name }) => (called.has(name) ? [name] : []));
  const data = packTimeline(timeline, path, names);
  const style = timelineStyle();
  const policy =
    `default-src 'none'; script-src ${policyHash(timelineScript)}; style-src ${policyHash(style)}; ` +
    "base-uri 'none'; form-action 'none'";
  const states = new Set(measured.calls.map(({ state }) => state));
  const ends = new Set(timeline.calls.map(({ known }) => known));
  const aside = timelineAside(summary, path, new Map(names.map((name, number) => [name, number])), {
    failed: states.has('failed'),
    open: ends.has('open'),
    untold: ends.has('untold'),
    skew: clocks.skews.length > 0,
  });
  return (
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n' +
    `<meta http-equiv="Content-Security-Policy" content="${policy}">\n` +
    '<meta name="viewport" content="width=device-width,initial-scale=1">\n<meta name="referrer" content="no-referrer">\n' +
    `<title>${displayHtml(title)}</title>\n<style>${style}</style>\n</head>\n<body>\n<header>\n<h1><bdi>${displayHtml(title)}</bdi></h1>\n` +
    `${headLines(measured, summary, timeline, clocks)}</header>\n${controls}<main>\n<div>\n` +
    '<div id="frame"><div id="chart"><div id="inside"><canvas tabindex="0" role="application" aria-label="Timeline of calls" aria-describedby="keys details"></canvas></div></div><div id="zone" hidden></div></div>\n' +
    `<p id="details" aria-live="polite"></p>\n${keysHelp}</div>\n<aside>\n${aside}</aside>\n</main>\n<div id="tip" hidden></div>\n` +
    `<script type="application/json" id="data">${scriptJson(data)}</script>\n<script>${timelineScript}</script>\n</body>\n</html>\n`
  );
}

const controls =
  '<div id="bar" role="toolbar" aria-label="View"><input id="search" type="search" placeholder="Search calls  ( / )" aria-label="Search calls by name, host, id, state or output" spellcheck="false" autocomplete="off">' +
  '<button id="previous" hidden title="Previous match (Shift-Enter)">‹</button><button id="next" hidden title="Next match (Enter)">›</button><span id="count" role="status"></span>' +
  '<button id="out" title="Zoom out (-)" aria-label="Zoom out">−</button><button id="in" title="Zoom in (+)" aria-label="Zoom in">+</button>' +
  '<button id="all" title="Show everything (0 or Escape)">Whole</button>' +
  '<button id="path" aria-pressed="true" title="Mark the critical path (p)">Critical path</button>' +
  '<button id="tall" aria-pressed="false" title="Rows tall enough to read (t)">Tall rows</button></div>\n' +
  '<noscript><p class="muted">The chart needs the script in this file; the tables do not.</p></noscript>\n';

const keysHelp =
  '<p id="keys" class="muted" hidden>Arrow down goes to the first call made, up to the caller, left and right to its other calls. Enter shows a call and what it led to, Escape everything. Plus and minus zoom, a and d move, n and Shift-n go through matches, p marks the critical path.</p>\n';

function headLines(
  { calls, isFinished }: MeasuredGraph,
  { all, hosts }: GraphSummary,
  { spanMs }: Timeline,
  { skews, lateEnds }: ClockReport,
): string {
  const known = hosts.filter(({ name }) => name !== noHost).length;
  const facts = [
    counted(all.count, 'call'),
    `${counted(known, 'host')}`,
    `<b>${formatDuration(spanMs)}</b> from the first start to the last end`,
    `${formatDuration(all.runningMs)} running in all`,
  ];
  if (all.failed > 0) facts.push(`<span class="bad">${counted(all.failed, 'call')} failed</span>`);
  if (all.open > 0) facts.push(`${counted(all.open, 'call')} without a result`);
  const lines = [`<p class="sub">${facts.join(' · ')}</p>`];
  if (!isFinished)
    lines.push(
      '<p class="sub">Calls were still running when this was drawn: bars with a torn end go on.</p>',
    );
  for (const { callerHost, calleeHost, calls: count, atLeastMs } of skews) {
    const behind = `<bdi>${displayHtml(calleeHost)}</bdi> is at least ${formatDuration(atLeastMs)} behind <bdi>${displayHtml(callerHost)}</bdi>`;
    const set = `the clock of <bdi>${displayHtml(callerHost)}</bdi> went back by at least ${formatDuration(atLeastMs)}`;
    lines.push(
      `<p class="clock">Clocks differ: ${callerHost === calleeHost ? set : `that of ${behind}`} (${counted(count, 'call')}). Times are shown as each host told them.</p>`,
    );
  }
  const late = lateEnds.reduce((sum, { calls: count }) => sum + count, 0);
  if (late > 0 && calls.length > 1) {
    const most = Math.max(...lateEnds.map(({ mostMs }) => mostMs));
    lines.push(
      `<p class="sub">${counted(late, 'call')} ended after the caller, by up to ${formatDuration(most)}: not waited for, or clocks differ.</p>`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function counted(count: number, noun: string): string {
  return `<b>${count}</b> ${noun}${count === 1 ? '' : 's'}`;
}

/** Rows of a table, the rest in one row. */
const mostRows = 12;

/** What stands beside the chart: the critical path's shares, all calls by function, and what the drawing means. */
function timelineAside(
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
  const rows = entries.flatMap(([isDisplayed, drawing, text]) =>
    isDisplayed
      ? [`<dt><svg width="44" height="14" aria-hidden="true">${drawing}</svg></dt><dd>${text}</dd>`]
      : [],
  );
  return `<section><h2>Key</h2><dl class="key">\n${rows.join('\n')}\n</dl></section>\n`;
}

function themeRules(theme: Theme): string {
  const hues = theme.running.map((hue, number) => `.h${number}{fill:${hue};stroke:${theme.edge[number]}}`);
  return (
    `:root{--page:${theme.page};--band:${theme.band};--line:${theme.line};--ink:${theme.ink};--muted:${theme.muted};` +
    `--failure:${theme.failure};--skew:${theme.skew};--match:${theme.match};--area:${theme.area};` +
    `--run:${theme.running[0]};--wait:${theme.waiting[0]};--edge:${theme.edge[0]}}${hues.join('')}`
  );
}

/** The page's style sheet: light, dark where the reader wants it, and light again on paper. */
function timelineStyle(): string {
  return (
    themeRules(lightTheme) +
    `@media screen and (prefers-color-scheme:dark){:root{color-scheme:dark}${themeRules(darkTheme)}}` +
    '*{box-sizing:border-box}' +
    'body{margin:0;padding:16px 20px 28px;background:var(--page);color:var(--ink);' +
    'font:14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}' +
    'h1{font-size:19px;line-height:1.3;margin:0;overflow-wrap:anywhere}h2{font-size:13px;margin:0 0 4px}' +
    'p{margin:2px 0}.muted,.sub{color:var(--muted)}.sub b{color:var(--ink);font-weight:600}' +
    '.bad{color:var(--failure)}.clock{color:var(--skew)}' +
    '#bar{display:none;flex-wrap:wrap;gap:6px;align-items:center;margin:10px 0 8px}.live #bar{display:flex}' +
    'button,input{font:inherit;font-size:13px;height:28px;border:1px solid var(--line);border-radius:5px;background:var(--page);color:var(--ink);padding:0 9px}' +
    'button{cursor:pointer}button:hover{background:var(--band)}button[aria-pressed=true]{border-color:var(--ink)}' +
    'input{width:240px;flex:0 1 240px}#count:empty,[hidden]{display:none}#count{color:var(--muted);font-variant-numeric:tabular-nums}' +
    ':focus-visible{outline:2px solid var(--match);outline-offset:1px}' +
    'main{display:grid;grid-template-columns:minmax(0,1fr) 300px;gap:20px;align-items:start}' +
    '#frame{border:1px solid var(--line);border-radius:6px;overflow:hidden;position:relative}' +
    '#chart{overflow-x:hidden;overflow-y:auto}canvas{display:block;position:sticky;top:0;touch-action:none}' +
    'canvas:focus-visible{outline-offset:-2px}' +
    '#zone{position:absolute;top:0;bottom:0;background:var(--match);opacity:.2;pointer-events:none}' +
    '#details{min-height:46px;padding:7px 2px;font-size:13px;color:var(--muted)}' +
    '#details span,#tip span{margin-left:12px}#details b,#tip b{color:var(--ink);overflow-wrap:anywhere}' +
    'i{font-style:normal;color:var(--muted)}#details bdi,#details q,#tip bdi,#tip q{color:var(--ink);overflow-wrap:anywhere}' +
    '#tip{position:fixed;z-index:2;max-width:340px;padding:7px 10px;background:var(--page);border:1px solid var(--muted);border-radius:6px;' +
    'box-shadow:0 3px 12px rgb(0 0 0/.25);font-size:13px;pointer-events:none}#tip span{display:block;margin:0}#tip i{display:inline-block;width:64px}' +
    'aside section{margin-bottom:18px}table{border-collapse:collapse;width:100%;font-size:13px;table-layout:fixed}th{width:66px}th:first-child{width:auto}th:nth-child(2){width:54px}.named{display:flex}.named bdi{min-width:0}' +
    'td,th{padding:2px 0 2px 6px;text-align:right;font-weight:400;font-variant-numeric:tabular-nums;white-space:nowrap;vertical-align:top}' +
    'td:first-child,th:first-child{padding-left:0;text-align:left;white-space:normal;overflow-wrap:anywhere}' +
    'thead th{color:var(--muted);border-bottom:1px solid var(--line)}tbody tr:first-child>*{padding-top:4px}' +
    '.swatch{flex:none;width:11px;height:11px;margin:4px 6px 0 0}.swatch rect{stroke-width:1}' +
    '.share{display:block;width:100%;height:4px;margin-top:1px}.share rect{stroke:none}.share .all{fill:var(--band)}.share .part{fill:var(--ink)}' +
    '.key{display:grid;grid-template-columns:46px 1fr;gap:4px 8px;font-size:13px;align-items:center;margin:0}.key dt,.key dd{margin:0}.key svg{display:block}' +
    '.run{fill:var(--run)}.wait{fill:var(--wait)}.edge{fill:none;stroke:var(--edge)}.red{fill:none;stroke:var(--failure);stroke-width:1.5}' +
    '.amber{fill:none;stroke:var(--skew);stroke-width:1.5}.dash{fill:none;stroke:var(--muted);stroke-dasharray:4 3}.ink{fill:none;stroke:var(--ink);stroke-width:3}.gap{fill:var(--page)}' +
    '@media(max-width:900px){main{grid-template-columns:minmax(0,1fr)}aside{display:grid;grid-template-columns:repeat(auto-fit,minmax(240px,1fr));gap:0 28px}}' +
    '@media print{body{padding:0}#bar,#details,#tip,.live #bar{display:none}main{display:block}#frame{margin:10px 0 16px;border:0}' +
    '#chart{overflow:visible;height:auto!important}canvas{width:100%!important;height:auto!important;position:static}#inside{height:auto!important}' +
    'aside{display:grid;grid-template-columns:1fr 1fr;gap:0 28px}section{break-inside:avoid}}'
  );
}
