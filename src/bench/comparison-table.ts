import type { Paint } from '../util/terminal-text.ts';
import type { Comparison } from './comparison.ts';
import {
  changeOf,
  comparisonRemarks,
  generalRemarks,
  intervalOf,
  medianOf,
  verdictCounts,
} from './comparison-words.ts';
import { functionWord } from './time-words.ts';

interface TableOptions {
  readonly paint: Paint;
  /** Width of the terminal. */
  readonly columns: number;
  /** Smallest change that matters, as a share. */
  readonly threshold: number;
}

const COLOURS = { slower: 'red', faster: 'green', same: 'dim', noisy: 'yellow' } as const;
const NARROWEST = 72;
const widths = { verdict: 7, change: 9, interval: 20, time: 10 } as const;
const beforeName = widths.verdict + widths.change + widths.interval + 2 * widths.time + 2;

/** Comparisons as a table for a terminal: verdict, change with its 95 % interval, medians; remarks under it. No newline at the end. */
export function formatComparisons(
  comparisons: readonly Comparison[],
  { paint, columns, threshold }: TableOptions,
): string {
  const nameColumns = Math.max(NARROWEST, columns) - beforeName;
  const row = (verdict: string, change: string, interval: string, base: string, changed: string): string =>
    `${verdict.padEnd(widths.verdict)}${change.padStart(widths.change)}${interval.padStart(widths.interval)}${base.padStart(widths.time)}${changed.padStart(widths.time)}  `;
  const lines = comparisons.flatMap((comparison) => {
    const { verdict, base, new: changed } = comparison;
    const cells = row(
      verdict,
      changeOf(comparison),
      intervalOf(comparison),
      medianOf(base),
      medianOf(changed),
    );
    return [
      `${paint(COLOURS[verdict], cells.slice(0, widths.verdict))}${cells.slice(widths.verdict)}${functionWord(comparison, nameColumns)}`,
      ...comparisonRemarks(comparison).map((remark) => paint('dim', `        - ${remark}`)),
    ];
  });
  const limit = `${Number((threshold * 100).toPrecision(4))} %`;
  return [
    paint('dim', `${row('verdict', 'change', '95 % interval', 'base', 'new')}function`),
    ...lines,
    '',
    `${verdictCounts(comparisons)}; + is slower, same is surely within ${limit}`,
    ...generalRemarks(comparisons),
  ].join('\n');
}

/** The same as a GitHub-flavoured Markdown table, for a pull request. */
export function markdownComparisons(
  comparisons: readonly Comparison[],
  {
    base,
    changed,
    threshold,
  }: { readonly base: string; readonly changed: string; readonly threshold: number },
): string {
  const rows = comparisons.map((comparison) => {
    const { verdict, base: before, new: after } = comparison;
    const remarks = comparisonRemarks(comparison).join('; ');
    const name = `\`${functionWord(comparison, 60).replaceAll('`', "'")}\``;
    const isNews = verdict === 'slower' || verdict === 'faster';
    const cells = [
      name,
      isNews ? `**${verdict}**` : verdict,
      changeOf(comparison),
      intervalOf(comparison),
      medianOf(before),
      medianOf(after),
      remarks,
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  const limit = `${Number((threshold * 100).toPrecision(4))} %`;
  return [
    `**Benchmarks: ${verdictCounts(comparisons)}** (base \`${base}\`, new \`${changed}\`; + is slower, same is surely within ${limit})`,
    '',
    '| function | verdict | change | 95 % interval | base | new | |',
    '|---|---|--:|--:|--:|--:|---|',
    ...rows,
    ...generalRemarks(comparisons).flatMap((remark) => ['', remark]),
  ].join('\n');
}
