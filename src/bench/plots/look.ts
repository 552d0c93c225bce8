import type { Config } from 'vega-lite';
import { at } from '../../util/indexed.ts';

/** How one file is told from another: each holds in colour and in black and white. */
export interface FileStyle {
  /** Lines and outlines; dark enough for white paper. */
  readonly stroke: string;
  /** A light tint of it, under the pattern. */
  readonly tint: string;
  readonly dash: readonly number[];
  readonly shape: string;
  /** SVG path of the pattern in a tile of 8 by 8, stroked. */
  readonly pattern: string;
}

/** Okabe and Ito's colours for every kind of colour vision (2008), darkened for thin lines. */
export const fileStyles: readonly FileStyle[] = [
  { stroke: '#005b96', tint: '#cfe3f2', dash: [], shape: 'circle', pattern: '' },
  {
    stroke: '#b84a00',
    tint: '#fbdcc4',
    dash: [6, 3],
    shape: 'triangle-up',
    pattern: 'M-2 2L2 -2M0 8L8 0M6 10L10 6',
  },
  { stroke: '#00704f', tint: '#cdeadf', dash: [2, 2], shape: 'square', pattern: 'M4 4h.01' },
  { stroke: '#8c3f6c', tint: '#f2dbe8', dash: [8, 3, 2, 3], shape: 'diamond', pattern: 'M0 4H8' },
  { stroke: '#7a6500', tint: '#f2eab8', dash: [12, 4], shape: 'cross', pattern: 'M0 4H8M4 0V8' },
  {
    stroke: '#333333',
    tint: '#e4e4e4',
    dash: [2, 4, 6, 4],
    shape: 'triangle-down',
    pattern: 'M-2 6L2 10M0 0L8 8M6 -2L10 2',
  },
];

/** The style of the file with this index; after the last one they begin again. */
export function styleOf(file: number): FileStyle {
  return at(fileStyles, file % fileStyles.length);
}

/** The fills of the files, as colours that {@link fillPatterns} defines. */
export const fillUrls: readonly string[] = fileStyles.map((_, file) => `url(#fill-${file})`);

/** The patterns that {@link fillUrls} names, for the SVG's `<defs>`. */
export function fillPatterns(): string {
  return fileStyles
    .map(({ stroke, tint, pattern }, file) => {
      const lines =
        pattern === ''
          ? ''
          : `<path d="${pattern}" fill="none" stroke="${stroke}" stroke-width="1.2" stroke-linecap="round"/>`;
      return `<pattern id="fill-${file}" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="${tint}"/>${lines}</pattern>`;
    })
    .join('');
}

export const ink = '#222';
/** Pixels; prints as about 8 pt when the picture is as wide as a page's text. */
export const textSize = 11;
export const smallText = 9.5;

/** Light ground, thin lines, one size of text: made to be printed beside a paper's text. */
export const look: Config = {
  background: '#fff',
  font: "'DejaVu Sans', Verdana, sans-serif",
  aria: false,
  view: { stroke: null },
  // What is to have a legend says so; `legend: null` beside it would contradict it.
  legend: {
    disable: true,
    labelFontSize: textSize,
    labelColor: ink,
    labelLimit: 0,
    columnPadding: 18,
    offset: 8,
  },
  title: {
    anchor: 'start',
    fontSize: 13,
    fontWeight: 'bold',
    color: ink,
    offset: 10,
    frame: 'bounds',
    limit: 0,
  },
  axis: {
    labelFontSize: textSize,
    titleFontSize: textSize,
    titleFontWeight: 'normal',
    labelColor: ink,
    titleColor: ink,
    domainColor: '#555',
    domainWidth: 0.75,
    tickColor: '#555',
    tickWidth: 0.75,
    tickSize: 4,
    gridColor: '#e3e3e3',
    gridWidth: 0.75,
    labelLimit: 0,
    titleLimit: 0,
    titlePadding: 6,
    labelOverlap: true,
    labelFlush: false,
  },
};
