import { displayText, escapeXml } from '../util/display-text.ts';
import { at } from '../util/indexed.ts';
import type { Layout } from './layout.ts';
import type { PageSides } from './page-data.ts';
import type { ChangePaint } from './palette.ts';
import type { LegendEntry } from './svg-frame.ts';

/** What a differential graph knows of each node of its tree; see `difference` in src/stacks. */
export interface DifferenceSides {
  /** What the two profiles are called. */
  readonly names: readonly [before: string, after: string];
  /** Samples in the node and what it called. */
  readonly before: Float64Array;
  readonly after: Float64Array;
  readonly changes: readonly ('grown' | 'shrunk' | 'same')[];
}

/** The same for the boxes that are drawn. */
export function pageSides(sides: DifferenceSides, layout: Layout): PageSides {
  const [before, after] = sides.names;
  const nodes = Array.from(layout.node);
  const marks = { grown: '+', shrunk: '-', same: ' ' } as const;
  return {
    names: [displayText(before), displayText(after)],
    before: nodes.map((node) => at(sides.before, node)),
    after: nodes.map((node) => at(sides.after, node)),
    marks: nodes.map((node) => marks[at(sides.changes, node)]).join(''),
  };
}

/** A frame's colour: which way its share went, and by how much of what it was (a quarter, a half, more). */
export function changePaint(sides: PageSides, box: number): ChangePaint {
  const mark = at(sides.marks, box);
  if (mark === ' ') return 'same';
  const before = at(sides.before, box) / at(sides.before, 0);
  const after = at(sides.after, box) / at(sides.after, 0);
  const part = Math.abs(after - before) / Math.max(after, before);
  const strength = part < 0.25 ? 1 : part < 0.5 ? 2 : 3;
  return mark === '+' ? `more${strength}` : `less${strength}`;
}

/** What the colours mean. */
export function changeLegend({ names: [before, after] }: DifferenceSides): LegendEntry[] {
  const entry = (text: string, paint: ChangePaint, tooltip: string): LegendEntry => ({
    text,
    paint,
    tooltip,
    search: undefined,
  });
  return [
    entry('- less time', 'less2', escapeXml(displayText(`A smaller share of ${after} than of ${before}`))),
    entry('no difference', 'same', 'Nothing that sampling error does not explain'),
    entry('+ more time', 'more2', escapeXml(displayText(`A larger share of ${after} than of ${before}`))),
  ];
}
