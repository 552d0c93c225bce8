import type { ComparedSide } from './comparison.ts';
import type { Series } from './series.ts';
import { effectiveRuns } from './statistics/dependence.ts';
import { at, clockStep, median, medianOf, sortedCopy } from './statistics/quantiles.ts';

/** One side of a comparison with what the estimates are made from. */
export interface Side extends ComparedSide {
  readonly values: Float64Array;
  readonly sorted: Float64Array;
  /** Logarithms of the median of each process. */
  readonly logMedians: Float64Array;
}

/** Sorts and measures a series once for all the tests that follow. */
export function sideOf(series: Series): Side {
  const sorted = sortedCopy(series.runUs);
  const starts = series.blockStarts ?? [0];
  const processes = starts
    .map((start, i) => series.runUs.subarray(start, starts[i + 1]))
    .filter(({ length }) => length > 0);
  return {
    runs: sorted.length,
    failures: series.failures,
    unusable: series.unusable,
    processes: processes.length,
    medianUs: medianOf(sorted),
    effectiveRuns: effectiveRuns(series.runUs, sorted),
    values: series.runUs,
    sorted,
    logMedians: Float64Array.from(processes, (runs) => Math.log(median(runs))),
  };
}

/** What a result keeps of a side. */
export function comparedSide({
  runs,
  failures,
  unusable,
  processes,
  medianUs,
  effectiveRuns,
}: Side): ComparedSide {
  return { runs, failures, unusable, processes, medianUs, effectiveRuns };
}

/** Whether the clock showed nothing but 0. */
export function isAllZero({ sorted }: Side): boolean {
  return at(sorted, sorted.length - 1) === 0;
}

/** Variance that a clock of coarse steps adds to the logarithm of a median: a time anywhere within a step reads alike. */
export function clockVariance({ sorted, medianUs }: Side): number {
  return (clockStep(sorted) / medianUs) ** 2 / 12;
}
