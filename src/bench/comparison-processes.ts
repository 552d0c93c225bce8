import { normalQuantile, twoSidedP } from '../util/normal.ts';
import type { Estimated } from './comparison-estimate.ts';
import { clockVariance, type Side } from './comparison-side.ts';
import { mean, squaredDeviations } from './statistics/moments.ts';
import { at } from './statistics/quantiles.ts';
import { studentCdf, studentQuantile } from './statistics/student.ts';

const upper = 0.975;

/**
 * Several processes a side: Welch's t of the logarithms of their medians, the processes being the independent repetitions (Kalibera
 * and Jones, "Rigorous benchmarking in reasonable time", ISMM 2013). What a coarse clock adds counts as known (Satterthwaite 1946).
 */
export function changeOfProcesses(base: Side, changed: Side): Estimated {
  const parts = [base, changed].map(({ logMedians, processes }) => ({
    squaredError: variance(logMedians) / processes,
    freedom: processes - 1,
  }));
  return estimated(
    'processes',
    mean(changed.logMedians) - mean(base.logMedians),
    parts,
    clock(base, changed),
  );
}

/** Processes that ran next to each other in pairs: Student's t of the logarithms of their ratios. */
export function changeOfPairs(base: Side, changed: Side): Estimated {
  const differences = base.logMedians.map((value, i) => at(changed.logMedians, i) - value);
  const squaredError = variance(differences) / differences.length;
  const parts = [{ squaredError, freedom: differences.length - 1 }];
  return estimated('pairs', mean(differences), parts, clock(base, changed));
}

interface ErrorPart {
  readonly squaredError: number;
  readonly freedom: number;
}

function estimated(
  method: 'processes' | 'pairs',
  logRatio: number,
  parts: readonly ErrorPart[],
  clockError: number,
): Estimated {
  const squaredError = parts.reduce((sum, part) => sum + part.squaredError, clockError);
  const freedom =
    squaredError ** 2 / parts.reduce((sum, part) => sum + part.squaredError ** 2 / part.freedom, 0);
  const error = Math.sqrt(squaredError);
  const reach = error > 0 ? error * quantile(freedom) : 0;
  const noError = logRatio === 0 ? 1 : 0;
  return {
    method,
    logRatio,
    logInterval: { low: logRatio - reach, high: logRatio + reach },
    p: error > 0 ? twoSided(logRatio / error, freedom) : noError,
    runVariance: 0,
    processVariance: squaredError,
    notes: [],
  };
}

// No degrees of freedom to count when the medians of a side are all alike: the normal distribution.
function quantile(freedom: number): number {
  return Number.isFinite(freedom) ? studentQuantile(upper, freedom) : normalQuantile(upper);
}

function twoSided(t: number, freedom: number): number {
  return Number.isFinite(freedom) ? Math.min(1, 2 * studentCdf(-Math.abs(t), freedom)) : twoSidedP(t);
}

function clock(base: Side, changed: Side): number {
  return clockVariance(base) + clockVariance(changed);
}

function variance(values: Float64Array): number {
  return squaredDeviations(values) / (values.length - 1);
}
