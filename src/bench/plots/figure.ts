import type { TopLevelSpec } from 'vega-lite';
import { textEms } from '../../picture/font-metrics.ts';
import { displayText } from '../../util/display-text.ts';
import { look, textSize } from './look.ts';
import type { Panel } from './panel.ts';

/** Everything of a picture but its panels. */
export interface Figure {
  /** Empty for none. */
  readonly title: string;
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

/** Puts panels below each other, the title above them, sentences under them. */
export function figureSpec({ title, legend, panels, columns, indent, notes, width }: Figure): TopLevelSpec {
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
