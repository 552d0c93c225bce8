import { expressionFunction, type LoggerInterface, parse, textMetrics, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { textEms } from '../../picture/font-metrics.ts';
import { trusted } from '../../util/brand.ts';
import { displayText } from '../../util/display-text.ts';
import { fillPatterns, look, textSize } from './look.ts';
import type { Panel } from './panel.ts';
import { tickText, timeText } from './time-axis.ts';

declare module 'vega' {
  interface MeasuredText {
    readonly fontSize?: number;
    readonly fontWeight?: string | number;
  }
  /** Vega's own measure of texts (vega-scenegraph, src/util/text.js), which may be replaced. */
  const textMetrics: { width: (item: MeasuredText, text: string) => number };
}

// What the expressions of specifications may call besides Vega's own functions.
expressionFunction('timeText', (us: unknown) => timeText(Number(us)));
expressionFunction('tickText', (us: unknown) => tickText(Number(us)));

/** Everything of a picture. */
export interface Figure {
  /** Empty for none. */
  readonly title: string;
  /** Above the panels. */
  readonly legend: readonly Panel[];
  readonly panels: readonly Panel[];
  /** Panels side by side. */
  readonly columns: number;
  /** Pixels from the left edge to where the panels' plotting areas begin. */
  readonly indent: number;
  /** Sentences under the panels. */
  readonly notes: readonly string[];
  /** Pixels. */
  readonly width: number;
}

export const outerPadding = 10;
/** Right of the plotting areas: half of the last tick's label. */
export const rightMargin = 12;
const lineHeight = 14;

/** Draws panels below each other, the title above them and sentences under them, as an SVG document that needs nothing else. */
export async function drawFigure(figure: Figure): Promise<string> {
  return await renderSvg(figureSpec(figure));
}

function figureSpec({ title, legend, panels, columns, indent, notes, width }: Figure): TopLevelSpec {
  const lines = notes.flatMap((note) => wrapped(note, width - 2 * outerPadding));
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    config: look,
    padding: outerPadding,
    spacing: 14,
    ...(title === ''
      ? {}
      : { title: { text: wrapped(displayText(title), (width - 2 * outerPadding) * 0.84) } }),
    vconcat: [
      ...legend,
      { spacing: { row: 16, column: 24 }, columns, concat: [...panels] },
      ...(lines.length === 0 ? [] : [linesPanel(lines, indent)]),
    ],
  };
}

function linesPanel(lines: readonly string[], indent: number): Panel {
  return {
    width: 1,
    height: lines.length * lineHeight,
    layer: lines.map((text, line) => ({
      data: { values: [{}] },
      mark: { type: 'text', text, align: 'left', baseline: 'top', fontSize: textSize - 1, color: '#444' },
      encoding: { x: { value: -indent }, y: { value: line * lineHeight } },
    })),
  };
}

/** A text in lines that are not wider than this. */
export function wrapped(text: string, widthPx: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && textEms(longer, 'regular') * textSize > widthPx) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/** What Vega says of every mark, which tells a reader nothing that its label does not. */
const noise =
  /(?<=role-title-(?:text|subtitle)") role="graphics-symbol" aria-roledescription="[^"]*" aria-label="[^"]*"| aria-roledescription="[^"]*"/g;

/** @throws Error for what Vega-Lite warns about: a wrong picture is no picture */
async function renderSvg(spec: TopLevelSpec): Promise<string> {
  textMetrics.width = (item, text) =>
    textEms(String(text ?? ''), item.fontWeight === 'bold' ? 'bold' : 'regular') * (item.fontSize ?? 11);
  const fail = (...text: readonly unknown[]): never => {
    throw new Error(text.join(' '));
  };
  const logger = { level: () => logger, error: fail, warn: fail, info: () => logger, debug: () => logger };
  const compiled = compile(spec, { logger: trusted<LoggerInterface>(logger) }).spec;
  const view = new View(parse(compiled), { renderer: 'none' });
  try {
    const svg = await view.toSVG();
    return svg.replace(/(<svg[^>]*>)/, `$1<defs>${fillPatterns()}</defs>`).replace(noise, '');
  } finally {
    view.finalize();
  }
}
