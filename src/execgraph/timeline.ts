import { formatDuration } from '../util/display-text.ts';
import { displayHtml, policyHash, scriptJson } from '../util/html.ts';
import { type GraphSummary, noHost, summariseGraph } from './call-stats.ts';
import { criticalPath } from './critical-path.ts';
import type { MeasuredGraph } from './measure.ts';
import { type ClockReport, clockReport } from './skew.ts';
import { timelineAside } from './timeline-aside.ts';
import { type Timeline, timelineOf } from './timeline-calls.ts';
import { packTimeline } from './timeline-data.ts';
import { timelineScript } from './timeline-script.ts';
import { timelineStyle } from './timeline-style.ts';

export interface TimelineOptions {
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
