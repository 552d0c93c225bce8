import { type CompareOptions, compareSeries, pairSeries, type SeriesPair } from './comparison.ts';
import type { Series } from './series.ts';
import { median, quantileOf } from './statistics/quantiles.ts';

/** What one machine says of a program compared with itself. */
export interface NoiseFloor {
  /** Pairs of processes of the same function that were compared. */
  readonly pairs: number;
  /** The smallest difference that can be told from none with one process a side: 95 % of the pairs differ by less, as a share. */
  readonly smallestChange: number;
  /** Half of the pairs differ by less. */
  readonly usualChange: number;
  /** Standard deviation of the processes' medians, as a share: what `processNoise` of compareSeries takes. */
  readonly processNoise: number;
  /** Functions compared, and how many of them were called faster or slower, wrongly. */
  readonly functions: number;
  readonly falseAlarms: number;
}

/**
 * The noise floor from two or more processes that ran the same thing (A against A). Every pair of processes of a function counts.
 * Undefined when no function has times above 0 in two processes.
 */
export function noiseFloor(
  base: readonly Series[],
  again: readonly Series[],
  options: CompareOptions,
): NoiseFloor | undefined {
  const groups = pairSeries(base, again)
    .map(logMediansOf)
    .filter(({ length }) => length > 1);
  const differences = Float64Array.from(
    groups.flatMap((group) => group.flatMap((a, i) => group.slice(i + 1).map((b) => Math.abs(a - b)))),
  ).sort();
  if (differences.length === 0) return undefined;
  const verdicts = compareSeries(base, again, options).map(({ verdict }) => verdict);
  return {
    pairs: differences.length,
    smallestChange: Math.expm1(quantileOf(differences, 0.95)),
    usualChange: Math.expm1(quantileOf(differences, 0.5)),
    processNoise: pooledDeviation(groups),
    functions: verdicts.length,
    falseAlarms: verdicts.filter((verdict) => verdict === 'faster' || verdict === 'slower').length,
  };
}

function logMediansOf(pair: SeriesPair): number[] {
  return [pair.base, pair.new].flatMap(({ runUs, blockStarts = [0] }) =>
    blockStarts
      .map((start, i) => runUs.subarray(start, blockStarts[i + 1]))
      .map((runs) => Math.log(median(runs)))
      .filter(Number.isFinite),
  );
}

function pooledDeviation(groups: readonly (readonly number[])[]): number {
  let squares = 0;
  let freedom = 0;
  for (const group of groups) {
    const mean = group.reduce((sum, value) => sum + value, 0) / group.length;
    for (const value of group) squares += (value - mean) ** 2;
    freedom += group.length - 1;
  }
  return Math.sqrt(squares / freedom);
}
