import { escapeXml } from '../util/display-text.ts';
import { at } from '../util/indexed.ts';
import { frameKinds, kindMeaning } from './frame-kinds.ts';
import { amount, percent } from './frame-text.ts';
import { labelFontPx, sidePx } from './geometry.ts';
import { darkPalette, lightPalette, type Palette, paintRules } from './palette.ts';

const titleBaseline = 30;
const subtitleBaseline = 50;
const legendRowPx = 22;
const noteRowPx = 18;
const detailsRowPx = 30;
/** Room for the longest entry, `unknown 12.34%`, in any of the fonts that systems have. */
const legendEntryPx = 132;

interface HeadOptions {
  readonly title: string;
  readonly subtitle: string;
  readonly width: number;
  readonly legend: readonly LegendEntry[];
}

/** A colour and its meaning. */
export interface LegendEntry {
  readonly text: string;
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
    const share = at(shares, number);
    if (share === 0) return [];
    return {
      text: `${kind} ${percent(share, whole)}`,
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
  for (const { text: meaning, tooltip, paint, search } of options.legend) {
    if (x + legendEntryPx > options.width && x > sidePx) {
      x = sidePx;
      y += legendRowPx;
    }
    const group = search === undefined ? '<g>' : `<g class="legend" data-search="${search}">`;
    text +=
      `${group}<title>${tooltip}</title>` +
      `<rect class="swatch ${paint}" x="${x}" y="${y + 3}" width="12" height="12" rx="2"/>` +
      `<text x="${x + 18}" y="${y + 13}">${meaning}</text></g>\n`;
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
const sans = 'system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",Verdana,sans-serif';
const mono = 'ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",Consolas,"Liberation Mono",monospace';

function themeRules(palette: Palette): string {
  return (
    `#page,.bar{fill:${palette.page}}text{fill:${palette.text}}.muted{fill:${palette.muted}}` +
    `#frames text{fill:${palette.label}}#frames .parent+text{fill:${palette.text}}` +
    `#frames.searching text:not(.hit){fill:${palette.muted}}#frames rect:hover,#ring{stroke:${palette.text}}` +
    `.inlined{stroke:${palette.label};stroke-opacity:.6}` +
    `.swatch{stroke:${palette.line}}.alert{fill:${palette.alert}}` +
    `input{color:${palette.text};background:${palette.page};border-color:${palette.line}}` +
    `.button rect{fill:${palette.page};stroke:${palette.line}}.button.on rect{stroke:${palette.text}}` +
    `.parent{opacity:${palette.callerOpacity}}.searching rect:not(.hit){opacity:${palette.unmatchedOpacity}}` +
    paintRules(palette)
  );
}

/**
 * The picture's style sheet. Colours are written out instead of CSS variables, fonts not in one property: programs that turn SVG
 * into PNG know neither. The dark theme overrides the colours.
 */
function styleSheet(): string {
  return (
    `text{font-size:12px;font-family:${sans}}#title{font-size:17px;font-weight:600}` +
    `#frames text{font-size:${labelFontPx}px;font-family:${mono};pointer-events:none;white-space:pre}` +
    '#frames rect:hover{stroke-width:1}.live #frames rect,.live .legend,.button{cursor:pointer}' +
    '.inlined{stroke-width:1;stroke-dasharray:3 2}' +
    '.swatch{stroke-width:1}#ring{fill:none;stroke-width:2;pointer-events:none}' +
    '.legend.on text{text-decoration:underline}#frames:focus:not(:focus-visible){outline:none}' +
    '.hidden{display:none}.button text{text-anchor:middle}.end{text-anchor:end}' +
    `input{box-sizing:border-box;width:100%;height:100%;border:1px solid;border-radius:4px;padding:0 7px;font:12px ${mono}}` +
    themeRules(lightPalette) +
    `@media(prefers-color-scheme:dark){${themeRules(darkPalette)}}`
  );
}
