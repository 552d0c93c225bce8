import { elidedName } from '../util/function-name.ts';
import { columnsOf, harmlessText, type Paint, shortened } from '../util/terminal-text.ts';
import type { CodeKind, Summary } from './summary.ts';

interface TableOptions {
  readonly paint: Paint;
  /** Width of the terminal. */
  readonly columns: number;
}

const kinds: readonly (readonly [
  kind: CodeKind,
  label: string,
  colour: 'green' | 'yellow' | 'cyan' | 'red' | 'blue' | 'dim',
])[] = [
  ['wasm', "the function's own WebAssembly", 'green'],
  ['engine', 'engine and host program', 'yellow'],
  ['native', 'libraries', 'cyan'],
  ['kernel', 'kernel', 'red'],
  ['blocked', 'off-CPU: waiting', 'blue'],
  ['unknown', 'unknown', 'dim'],
];
const narrowest = 40;

/** The summary as two aligned tables for a terminal or a log: shares by kind, hottest functions. No newline at the end. */
export function formatSummary(summary: Summary, { paint, columns }: TableOptions): string {
  if (summary.samples === 0) return 'No samples.';
  const shares = kinds
    .filter(([kind]) => kind === 'wasm' || summary.shares[kind] > 0)
    .map(([kind, label, colour]) => `${percent(summary.shares[kind])}  ${paint(colour, label)}`);
  const nameColumns = Math.max(narrowest, columns) - 2 * (percentColumns + 2) - kindColumns - 2;
  const functions = summary.hottest.map(({ name, kind, self, total }) => {
    const [, , colour] = kinds.find(([known]) => known === kind) ?? ['', '', 'dim' as const];
    return `${percent(self)}  ${percent(total)}  ${paint(colour, kind.padEnd(kindColumns))}  ${nameWithin(name, nameColumns)}`;
  });
  const head = `${'self'.padStart(percentColumns)}  ${'total'.padStart(percentColumns)}  ${''.padEnd(kindColumns)}  function`;
  return [
    paint('bold', 'Where the time went'),
    ...shares,
    '',
    paint('bold', 'Hottest functions'),
    paint('dim', head),
    ...functions,
  ].join('\n');
}

const kindColumns = 'unknown'.length;
/** Width of a share. */
export const percentColumns = '100.0 %'.length;

/** A share, 0 to 1, in {@link percentColumns} columns. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`.padStart(percentColumns);
}

/** A function's name in at most so many columns: {@link elidedName}. */
export function nameWithin(name: string, columns: number): string {
  return elidedName(
    harmlessText(name),
    (text) => columnsOf(text) <= columns,
    (text) => shortened(text, columns, '…'),
  );
}
