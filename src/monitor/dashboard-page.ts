import { formatDuration } from '../util/display-text.ts';
import { displayHtml, policyHash, scriptJson } from '../util/html.ts';
import type { PageData } from './page-data.ts';
import { dashboardScript } from './page-script.ts';

// Eight strokes that stand out from the page by 3:1 and more, and differ in lightness too.
const light = ['#1769c4', '#c2410c', '#0f7d5c', '#a3217f', '#8a6d00', '#5b3fd1', '#0e7490', '#5a606b'];
const dark = ['#6fb1ff', '#ff9d5c', '#4fd1a5', '#f28bd0', '#e3c94b', '#b3a1ff', '#5fd6ee', '#b4b9c2'];

const strokes = (hues: readonly string[]): string => hues.map((hue, at) => `.l${at}{stroke:${hue}}`).join('');

/** Light, and dark where the reader wants it. */
const dashboardStyle =
  ':root{--page:#fff;--band:#f4f5f7;--rule:#cfd3da;--ink:#15171c;--muted:#5a606b;--good:#0f7d3c;--bad:#c22b18;--focus:#0b57d0}' +
  strokes(light) +
  '@media(prefers-color-scheme:dark){:root{color-scheme:dark;--page:#14161a;--band:#1b1e24;--rule:#3a3f4a;--ink:#f2f4f7;--muted:#a3aab7;--good:#5fd68a;--bad:#ff8a75;--focus:#8ab4ff}' +
  `${strokes(dark)}}` +
  '*{box-sizing:border-box}[hidden]{display:none}' +
  'body{margin:0;padding:16px 20px 28px;background:var(--page);color:var(--ink);font:14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}' +
  'header{display:flex;flex-wrap:wrap;gap:4px 18px;align-items:baseline;margin-bottom:12px}' +
  'h1{font-size:19px;line-height:1.3;margin:0;overflow-wrap:anywhere}h2{font-size:14px;margin:0}p{margin:0}' +
  '#state{color:var(--good);font-weight:600}#state.bad{color:var(--bad)}.muted{color:var(--muted)}' +
  '#bar{display:none;gap:6px;margin-left:auto}.live #bar{display:flex}' +
  'button{font:inherit;font-size:13px;border:1px solid var(--rule);border-radius:5px;background:var(--page);color:var(--ink);padding:3px 10px;cursor:pointer}' +
  'button:hover{background:var(--band)}#bar button[aria-pressed=true]{border-color:var(--ink);font-weight:600}' +
  ':focus-visible{outline:2px solid var(--focus);outline-offset:1px}' +
  'main{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr));gap:16px}' +
  'section{border:1px solid var(--rule);border-radius:6px;padding:10px 12px 6px;min-width:0}' +
  'ul{display:flex;flex-wrap:wrap;gap:2px 4px;list-style:none;margin:2px 0 4px -6px;padding:0}' +
  'li button{display:flex;align-items:center;gap:5px;border-color:transparent;padding:1px 6px;overflow-wrap:anywhere;text-align:left}' +
  'li button[aria-pressed=false]{color:var(--muted);text-decoration:line-through}li button[aria-pressed=false] .swatch{opacity:.25}' +
  'b{font-weight:600;font-variant-numeric:tabular-nums;white-space:nowrap;min-width:4.2em}' +
  '.swatch{flex:none;width:18px;height:12px}.plot{display:block;width:100%;touch-action:pan-y}' +
  '.line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}' +
  '.grid{stroke:var(--rule)}.cursor{stroke:var(--ink);stroke-dasharray:3 3}' +
  'text{fill:var(--muted);font-size:11.5px;font-variant-numeric:tabular-nums}.value{text-anchor:end}.clock{text-anchor:middle}' +
  '#keys{margin-top:12px}' +
  '@media(prefers-reduced-motion:no-preference){button{transition:background .1s}}';

/** What the page may do: run its own script and style, and read from where it came. */
export const dashboardPolicy =
  `default-src 'none'; script-src ${policyHash(dashboardScript)}; style-src ${policyHash(dashboardStyle)}; ` +
  "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The live dashboard as one HTML page. It asks for nothing but the stream of samples beside it. Names may hold anything. */
export function dashboardPage(data: PageData): string {
  const title = displayHtml(`${data.host}: metrics`);
  return (
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n' +
    '<meta name="viewport" content="width=device-width,initial-scale=1">\n<meta name="referrer" content="no-referrer">\n' +
    `<link rel="icon" href="data:,">\n<title>${title}</title>\n<style>${dashboardStyle}</style>\n</head>\n<body>\n` +
    `<header>\n<h1><bdi>${displayHtml(data.host)}</bdi></h1>\n<p id="state" role="status"></p>\n` +
    `<p class="muted">a sample every ${formatDuration(data.intervalMs)}</p>\n${bar}</header>\n` +
    '<noscript><p>The charts need the script in this page.</p></noscript>\n<main></main>\n' +
    '<p class="muted" id="keys">p stops and goes on; 1 to 4 choose the time shown. On a chart: arrow left and right, Home and End read values, Escape ends that.</p>\n' +
    `<script type="application/json" id="data">${scriptJson(data)}</script>\n<script>${dashboardScript}</script>\n</body>\n</html>\n`
  );
}

const bar =
  '<div id="bar" role="toolbar" aria-label="View">' +
  ['1 min', '5 min', '15 min', 'All']
    .map((text, at) => `<button type="button" id="span${at}" aria-pressed="${at === 1}">${text}</button>`)
    .join('') +
  '<button type="button" id="pause" aria-pressed="false">Pause</button></div>\n';
