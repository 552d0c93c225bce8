import { escapeXml } from '../util/display-text.ts';
import { amount, percent } from './amount.ts';
import { frameKinds, kindMeaning } from './frame-kinds.ts';
import { sidePx } from './geometry.ts';
import { styleSheet } from './svg-style.ts';

const titleBaseline = 30;
const subtitleBaseline = 50;
const legendRowPx = 22;
const noteRowPx = 18;
const detailsRowPx = 30;
/** Room for the longest entry, `unknown 12.34%`, in any of the usual fonts. */
const legendEntryPx = 132;

interface HeadOptions {
  readonly title: string;
  readonly subtitle: string;
  readonly width: number;
  readonly legend: readonly LegendEntry[];
}

/** A colour and its meaning. */
export interface LegendEntry {
  readonly words: string;
  readonly tooltip: string;
  /** The class that paints it. */
  readonly paint: string;
  /** What a click on it searches for, where it does. */
  readonly search: string | undefined;
}

interface Head {
  /** Where the first row of frames begins. */
  readonly heightPx: number;
  /** The SVG up to the frames, once the picture's height is known. */
  readonly open: (heightPx: number) => string;
}

/** Title, subtitle and legend. */
export function svgHead(options: HeadOptions): Head {
  const legendTop = options.subtitle === '' ? titleBaseline + 12 : subtitleBaseline + 12;
  const legend = legendRows(options, legendTop);
  const heightPx = legend.bottomPx + 8;
  const title = escapeXml(options.title);
  const open = (height: number) =>
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n' +
    `<svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="${options.width}" height="${height}" ` +
    `viewBox="0 0 ${options.width} ${height}">\n<title>${title}</title>\n<style>${styleSheet()}</style>\n` +
    `<rect id="page" width="100%" height="100%"/>\n<g id="head"><rect class="bar" width="100%" height="${heightPx - 3}"/>\n` +
    `<text id="title" x="${sidePx}" y="${titleBaseline}">${title}</text>\n` +
    (options.subtitle === ''
      ? ''
      : `<text id="subtitle" class="muted" x="${sidePx}" y="${subtitleBaseline}">${escapeXml(options.subtitle)}</text>\n`) +
    `${legend.text}</g>\n`;
  return { heightPx, open };
}

/** Where each kind's samples ended, as a legend that searches. */
export function kindLegend(shares: readonly number[], unit: string): LegendEntry[] {
  const whole = shares.reduce((sum, share) => sum + share, 0);
  return frameKinds.flatMap((kind, number) => {
    const share = shares[number] ?? 0;
    if (share === 0) return [];
    return {
      words: `${kind} ${percent(share, whole)}`,
      tooltip: `${amount(share, unit)} ended in ${kindMeaning[kind]}`,
      paint: `${kind.charAt(0)}2`,
      search: kind === 'root' ? 'kind:root' : kind,
    };
  });
}

function legendRows(options: HeadOptions, topPx: number): { text: string; bottomPx: number } {
  let text = '';
  let x = sidePx;
  let y = topPx;
  for (const { words, tooltip, paint, search } of options.legend) {
    if (x + legendEntryPx > options.width && x > sidePx) {
      x = sidePx;
      y += legendRowPx;
    }
    const group = search === undefined ? '<g>' : `<g class="legend" data-search="${search}">`;
    text +=
      `${group}<title>${tooltip}</title>` +
      `<rect class="swatch ${paint}" x="${x}" y="${y + 3}" width="12" height="12" rx="2"/>` +
      `<text x="${x + 18}" y="${y + 13}">${words}</text></g>\n`;
    x += legendEntryPx;
  }
  return { text, bottomPx: y + legendRowPx };
}

interface FootOptions {
  readonly width: number;
  readonly topPx: number;
  readonly notes: readonly string[];
}

/** The line that describes the frame under the pointer, and the notes. */
export function svgFoot(options: FootOptions): { readonly text: string; readonly bottomPx: number } {
  const bottomPx = options.topPx + detailsRowPx + options.notes.length * noteRowPx + 4;
  const notes = options.notes.map(
    (note, line) =>
      `<text class="muted" x="${sidePx}" y="${options.topPx + detailsRowPx + line * noteRowPx + 12}">${escapeXml(note)}</text>\n`,
  );
  return {
    text:
      `<g id="notes">${notes.join('')}</g>\n<g id="foot"><rect class="bar" y="${options.topPx}" width="100%" height="${detailsRowPx}"/>` +
      `<text id="details" aria-live="polite" x="${sidePx}" y="${options.topPx + 20}"> </text></g>\n`,
    bottomPx,
  };
}
