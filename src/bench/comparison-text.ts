import type { Paint } from '../util/terminal-text.ts';
import type { ComparisonNote } from './change-estimate.ts';
import { type Comparison, verdicts } from './comparison.ts';
import { changeText, functionText, timeText } from './time-text.ts';

// Every sentence that bench.compare says of a verdict.

interface TableOptions {
  readonly paint: Paint;
  /** Width of the terminal. */
  readonly columns: number;
  /** Smallest change that matters, as a share. */
  readonly threshold: number;
}

const COLOURS = {
  slower: 'red',
  failed: 'red',
  cut: 'red',
  missing: 'red',
  new: 'yellow',
  faster: 'green',
  same: 'dim',
  noisy: 'yellow',
} as const;
const NARROWEST = 72;
const widths = { verdict: 8, change: 9, interval: 20, time: 10 } as const;
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
      `${paint(COLOURS[verdict], cells.slice(0, widths.verdict))}${cells.slice(widths.verdict)}${functionText(comparison, nameColumns)}`,
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
    const name = `\`${functionText(comparison, 60).replaceAll('`', "'")}\``;
    const isNews = verdict !== 'same' && verdict !== 'noisy';
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

/** A comparison as programs read it: `function` and `verdict` are the names that gates look for. */
interface ComparisonRecord extends Omit<Comparison, 'func'> {
  readonly function: string;
  /** NEW against BASE as a share: 0.1 is 10 % slower. */
  readonly change: number | undefined;
}

/** What `bench.compare --json` prints an array of. */
export function comparisonRecord({ user, func, verdict, ...rest }: Comparison): ComparisonRecord {
  return {
    user,
    function: func,
    verdict,
    change: rest.ratio === undefined ? undefined : rest.ratio - 1,
    ...rest,
  };
}

/** `+5.2 %`, or a dash where no ratio is known. */
function changeOf({ ratio }: Comparison): string {
  return ratio === undefined ? '-' : changeText(ratio - 1);
}

/** `+3.1 .. +7.4 %`, or a dash. */
function intervalOf({ interval }: Comparison): string {
  if (interval === undefined) return '-';
  const low = changeText(interval.low - 1);
  const high = changeText(interval.high - 1);
  return `${high.endsWith(' %') ? low.replace(/ %$/, '') : low} .. ${high}`;
}

/** A side's median with its unit. */
function medianOf({ runs, medianUs }: Comparison['base']): string {
  return runs === 0 ? '-' : timeText(medianUs);
}

/** What makes this comparison weaker than it looks, and what would help, a sentence each. One process a side is left to the caller. */
function comparisonRemarks(comparison: Comparison): string[] {
  const { base, new: changed, needed, verdict, notes } = comparison;
  const remarks = notes.flatMap((note) => noteTexts[note] ?? []);
  const about = verdictTexts[verdict];
  if (about !== undefined) remarks.push(about);
  if (verdict === 'noisy' && needed !== undefined) {
    const processes = `${needed.processes} process${needed.processes === 1 ? '' : 'es'}`;
    remarks.push(`too noisy to say: it would take about ${processes} of ${needed.runs} runs on each side`);
  } else if (verdict === 'noisy' && remarks.length === 0) remarks.push('too noisy to say');
  for (const [name, side] of [['base', base] as const, ['new', changed] as const]) {
    const lost = [
      ...(side.failures > 0 ? [`${side.failures} failed`] : []),
      ...(side.unusable > 0 ? [`${side.unusable} without a usable time`] : []),
    ];
    if (lost.length > 0) remarks.push(`${name}: ${lost.join(', ')}`);
  }
  return remarks;
}

const verdictTexts: Readonly<Partial<Record<Comparison['verdict'], string>>> = {
  cut: 'new ends before all runs that were asked for',
  missing: 'base alone has it: new did not measure it',
  new: 'new alone has it: there is nothing to compare it with',
};

const noteTexts: Readonly<Partial<Record<ComparisonNote, string>>> = {
  'no-runs': 'a side has no usable run',
  'one-run': 'a side has one run only: nothing tells how much runs differ',
  'zero-times': 'a median is 0: the clock is too coarse for it',
  drift: 'times move over the runs, so one process cannot tell where they would have gone',
  'dependent-runs': 'runs resemble their neighbours, so they are worth less than a third of their number',
  'two-peaks': 'a side has two peaks, which its median does not describe: look at bench.plot --kind=ecdf',
};

/** `1 slower, 2 same`: how many functions got which verdict. */
function verdictCounts(comparisons: readonly Comparison[]): string {
  return verdicts
    .map((verdict) => ({ verdict, count: comparisons.filter((one) => one.verdict === verdict).length }))
    .filter(({ count }) => count > 0)
    .map(({ verdict, count }) => `${count} ${verdict}`)
    .join(', ');
}

/** What a person should know of all comparisons together, a sentence each. */
function generalRemarks(comparisons: readonly Comparison[]): string[] {
  if (!comparisons.some(({ notes }) => notes.includes('one-process'))) return [];
  return [
    'One process a side: how much processes differ is assumed (1 %), not measured. Surer: --repeats=6 on both sides, or interleaved with tasks bench.ab',
  ];
}
