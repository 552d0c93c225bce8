import { formatDuration } from '../util/display-text.ts';
import { displayHtml, policyHash, scriptJson } from '../util/html.ts';
import type { PageData } from './page-data.ts';
import { dashboardScript } from './page-script.ts';
import { dashboardStyle } from './page-style.ts';

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
