import type { Comparison, ComparisonNote } from './comparison.ts';
import { changeWord, timeWord } from './time-words.ts';

/** A comparison as programs read it: `function` and `verdict` are the names that gates look for. */
export interface ComparisonRecord extends Omit<Comparison, 'func'> {
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
export function changeOf({ ratio }: Comparison): string {
  return ratio === undefined ? '-' : changeWord(ratio - 1);
}

/** `+3.1 .. +7.4 %`, or a dash. */
export function intervalOf({ interval }: Comparison): string {
  if (interval === undefined) return '-';
  const low = changeWord(interval.low - 1);
  const high = changeWord(interval.high - 1);
  return `${high.endsWith(' %') ? low.replace(/ %$/, '') : low} .. ${high}`;
}

/** A side's median with its unit. */
export function medianOf({ runs, medianUs }: Comparison['base']): string {
  return runs === 0 ? '-' : timeWord(medianUs);
}

/** What makes this comparison weaker than it looks, and what would help, a sentence each. One process a side is left to the caller. */
export function comparisonRemarks(comparison: Comparison): string[] {
  const { base, new: changed, needed, verdict, notes } = comparison;
  const remarks = notes.flatMap((note) => noteWords[note] ?? []);
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

const noteWords: Readonly<Partial<Record<ComparisonNote, string>>> = {
  'no-runs': 'a side has no usable run',
  'one-run': 'a side has one run only: nothing tells how much runs differ',
  'zero-times': 'a median is 0: the clock is too coarse for it',
  drift: 'times move over the runs, so one process cannot tell where they would have gone',
  'dependent-runs': 'runs resemble their neighbours, so they are worth less than a third of their number',
  'two-peaks': 'a side has two peaks, which its median does not describe: look at bench.plot --kind=ecdf',
};

/** `1 slower, 2 same`: how many functions got which verdict. */
export function verdictCounts(comparisons: readonly Comparison[]): string {
  return (['slower', 'faster', 'same', 'noisy'] as const)
    .map((verdict) => ({ verdict, count: comparisons.filter((one) => one.verdict === verdict).length }))
    .filter(({ count }) => count > 0)
    .map(({ verdict, count }) => `${count} ${verdict}`)
    .join(', ');
}

/** What a person should know of all comparisons together, a sentence each. */
export function generalRemarks(comparisons: readonly Comparison[]): string[] {
  if (!comparisons.some(({ notes }) => notes.includes('one-process'))) return [];
  return [
    'One process a side: how much processes differ is assumed (1 %), not measured. Surer: --repeats=6 on both sides, or interleaved with tasks bench.ab',
  ];
}
