import { normalQuantile, twoSidedP } from '../util/normal.ts';
import type { CompareOptions, ComparisonNote } from './comparison.ts';
import type { Estimated } from './comparison-estimate.ts';
import { clockVariance, type Side } from './comparison-side.ts';
import { driftOf } from './statistics/drift.ts';
import type { MannWhitney } from './statistics/mann-whitney.ts';
import { medianResampler } from './statistics/median-interval.ts';
import { quantileOf } from './statistics/quantiles.ts';
import { type Random, randomFrom } from './statistics/random.ts';
import { studentCdf, studentQuantile } from './statistics/student.ts';

/** What the medians of equal processes differ by where nobody measured it: a standard deviation of 1 %. */
export const usualProcessNoise = 0.01;

const resamples = 2000;
const upper = 0.975;
/** Stands for medians of 0 in resamples: a logarithm needs something. */
const smallestUs = 1e-6;
const fewRunsShare = 1 / 3;
const driftP = 0.05;
/** Fewer independent runs, and neither their number nor what they differ by can be told. */
const fewestEffective = 10;
/** Standard deviations between the quartiles of a normal distribution. */
const quartilesApart = 1.349;
const spreadFactor = 4;

/**
 * One process a side: the medians' bootstrap with as many values as the runs are worth, widened as Student's t is for so few, and spread
 * by what processes differ by. p is the larger one of two tests, so that an alarm needs both: Mann-Whitney with its statistic
 * shrunk for dependence, and the log ratio over its error.
 */
export function changeOfRuns(
  base: Side,
  changed: Side,
  test: MannWhitney,
  options: CompareOptions,
): Estimated {
  const random = randomFrom(options.seed);
  const logRatio = Math.log(changed.medianUs / base.medianUs);
  const drifts = [base, changed].map(driftVariance);
  const noise =
    2 * (options.processNoise ?? usualProcessNoise) ** 2 + clockVariance(base) + clockVariance(changed);
  const processVariance = drifts.reduce((sum, variance) => sum + variance, noise);
  const draws = logRatioDraws(base, changed, random);
  const z = normalQuantile(upper);
  const freedom = freedomOf(base, changed);
  const widening = studentQuantile(upper, freedom) / z;
  const spread = (quantileOf(draws, upper) - quantileOf(draws, 1 - upper)) / (2 * z);
  const spreadOut = draws.map(
    (draw) => logRatio + (draw - logRatio) * widening + Math.sqrt(processVariance) * random.normal(),
  );
  spreadOut.sort();
  const runVariance = (spread * widening) ** 2;
  const error = Math.sqrt(runVariance + processVariance);
  const noError = logRatio === 0 ? 1 : 0;
  return {
    method: 'runs',
    logRatio,
    logInterval: {
      low: Math.min(logRatio, quantileOf(spreadOut, 1 - upper)),
      high: Math.max(logRatio, quantileOf(spreadOut, upper)),
    },
    p: Math.max(dependentP(base, changed, test), error > 0 ? twoSidedP(logRatio / error) : noError),
    runVariance,
    processVariance,
    notes: notesOf(base, changed, drifts, options),
  };
}

function logRatioDraws(base: Side, changed: Side, random: Random): Float64Array {
  const baseMedian = medianResampler(base.sorted, base.effectiveRuns, random);
  const newMedian = medianResampler(changed.sorted, changed.effectiveRuns, random);
  const draws = new Float64Array(resamples);
  for (let i = 0; i < resamples; i += 1) {
    draws[i] = Math.log(Math.max(smallestUs, newMedian()) / Math.max(smallestUs, baseMedian()));
  }
  return draws.sort();
}

function freedomOf(base: Side, changed: Side): number {
  return Math.max(1, base.effectiveRuns + changed.effectiveRuns - 2);
}

// A process that drifts could as well have drifted the other way: half of the way is how far its median went.
function driftVariance({ values }: Side): number {
  const drift = driftOf(values);
  return drift === undefined || drift.p > driftP ? 0 : (drift.change / 2) ** 2;
}

function notesOf(
  base: Side,
  changed: Side,
  drifts: readonly number[],
  options: CompareOptions,
): ComparisonNote[] {
  const isDependent = [base, changed].some((side) => side.effectiveRuns < side.runs * fewRunsShare);
  return [
    ...(options.processNoise === undefined ? ['one-process' as const] : []),
    ...(drifts.some((variance) => variance > 0) ? ['drift' as const] : []),
    ...(isDependent ? ['dependent-runs' as const] : []),
  ];
}

// Mann-Whitney with its statistic shrunk for dependence. A change that dwarfs the whole spread of both sides needs no count of
// independent runs: as if each side were a single run, and their spread four times what was seen.
function dependentP(base: Side, changed: Side, test: MannWhitney): number {
  const plain = 1 / base.runs + 1 / changed.runs;
  const worth = 1 / base.effectiveRuns + 1 / changed.effectiveRuns;
  if (worth <= plain) return test.p;
  const logRatio = Math.log(changed.medianUs / base.medianUs);
  const asOneRun = twoSidedP(logRatio / (spreadFactor * Math.hypot(logSpread(base), logSpread(changed))));
  const isTooDependent = [base, changed].some(
    ({ effectiveRuns: effective, runs }) => effective < Math.min(fewestEffective, runs / 3),
  );
  const z = normalQuantile(test.p / 2) * Math.sqrt(plain / worth);
  const shrunk = isTooDependent ? 1 : 2 * studentCdf(z, freedomOf(base, changed));
  return Math.max(test.p, Math.min(shrunk, asOneRun));
}

// Standard deviation of the logarithms, from the quartiles.
function logSpread({ sorted }: Side): number {
  const [lower, upperQuartile] = [quantileOf(sorted, 0.25), quantileOf(sorted, 0.75)];
  return Math.log(upperQuartile / lower) / quartilesApart;
}
