import type { ComparedSide, CompareOptions, Comparison, ComparisonNote, SeriesPair } from './comparison.ts';
import type { Series } from './series.ts';
import { effectiveRuns } from './statistics/dependence.ts';
import { driftOf } from './statistics/drift.ts';
import type { Interval } from './statistics/interval.ts';
import { type MannWhitney, mannWhitney } from './statistics/mann-whitney.ts';
import { medianResampler } from './statistics/median-interval.ts';
import { normalQuantile, twoSidedP } from './statistics/normal.ts';
import { at, clockStep, median, medianOf, quantileOf, sortedCopy } from './statistics/quantiles.ts';
import { type Random, randomFrom } from './statistics/random.ts';
import { studentCdf, studentQuantile } from './statistics/student.ts';

/** How NEW relates to BASE, in logarithms of ratios: those are symmetric and have no end at 0. */
export interface ChangeEstimate
  extends Pick<Comparison, 'base' | 'new' | 'method' | 'mannWhitney' | 'notes'> {
  readonly logRatio: number | undefined;
  readonly logInterval: Interval | undefined;
  readonly p: number;
  /** Variance of the log ratio that more runs make smaller, and that only more processes make smaller. */
  readonly runVariance: number;
  readonly processVariance: number;
}

/** What the medians of equal processes differ by where nobody measured it: a standard deviation of 1 %. */
export const usualProcessNoise = 0.01;

const resamples = 2000;
const upper = 0.975;
/** Stands for medians of 0 in resamples: a logarithm needs something. */
const smallestUs = 1e-6;
const fewRunsShare = 1 / 3;
const driftP = 0.05;
const fewestEffective = 10;

interface Side extends ComparedSide {
  readonly values: Float64Array;
  readonly sorted: Float64Array;
  readonly logMedians: Float64Array;
}

/** Estimates the change of one function: from its processes where both sides have several, else from the runs. */
export function estimateChange(pair: SeriesPair, options: CompareOptions): ChangeEstimate {
  const base = sideOf(pair.base);
  const changed = sideOf(pair.new);
  const shared = {
    base: comparedSide(base),
    new: comparedSide(changed),
    mannWhitney: mannWhitney(base.sorted, changed.sorted),
  };
  const nothing = {
    ...shared,
    method: 'runs' as const,
    logRatio: undefined,
    logInterval: undefined,
    p: 1,
    runVariance: 0,
    processVariance: 0,
  };
  if (base.runs === 0 || changed.runs === 0) return { ...nothing, notes: ['no-runs'] };
  if (isAllZero(base) && isAllZero(changed)) {
    return { ...nothing, logRatio: 0, logInterval: { low: 0, high: 0 }, notes: ['zero-times'] };
  }
  const logRatio = Math.log(changed.medianUs / base.medianUs);
  if (!Number.isFinite(logRatio)) return { ...nothing, notes: ['zero-times'] };
  if (base.runs === 1 || changed.runs === 1) return { ...nothing, logRatio, notes: ['one-run'] };
  return { ...shared, ...ofRunsOrProcesses(base, changed, shared.mannWhitney, options) };
}

type Estimated = Omit<ChangeEstimate, 'base' | 'new' | 'mannWhitney'>;

function ofRunsOrProcesses(base: Side, changed: Side, test: MannWhitney, options: CompareOptions): Estimated {
  const medians = [...base.logMedians, ...changed.logMedians];
  if (base.processes < 2 || changed.processes < 2 || !medians.every(Number.isFinite)) {
    return ofRuns(base, changed, test, options);
  }
  return options.isPaired === true && base.processes === changed.processes
    ? ofPairs(base, changed)
    : ofProcesses(base, changed);
}

/**
 * One process a side: the medians' bootstrap with as many values as the runs are worth, widened as Student's t is for so few, and spread
 * by what processes differ by. p is the larger one of two tests, so that an alarm needs both: Mann-Whitney with its statistic
 * shrunk for dependence, and the log ratio over its error.
 */
function ofRuns(base: Side, changed: Side, test: MannWhitney, options: CompareOptions): Estimated {
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

// What reading a clock of coarse steps adds to a median: a time anywhere within a step reads alike.
function clockVariance({ sorted, medianUs }: Side): number {
  return (clockStep(sorted) / medianUs) ** 2 / 12;
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

function dependentP(base: Side, changed: Side, test: MannWhitney): number {
  const plain = 1 / base.runs + 1 / changed.runs;
  const worth = 1 / base.effectiveRuns + 1 / changed.effectiveRuns;
  if (worth <= plain) return test.p;
  // So few stretches of like runs that neither their length nor what they differ by can be told: no alarm.
  if (
    [base, changed].some(
      ({ effectiveRuns: effective, runs }) => effective < Math.min(fewestEffective, runs / 2),
    )
  )
    return 1;
  const z = test.p > 0 ? normalQuantile(test.p / 2) : -38;
  return 2 * studentCdf(z * Math.sqrt(plain / worth), freedomOf(base, changed));
}

/**
 * Several processes a side: Welch's t of the logarithms of their medians, the processes being the independent repetitions (Kalibera
 * and Jones, "Rigorous benchmarking in reasonable time", ISMM 2013).
 */
function ofProcesses(base: Side, changed: Side): Estimated {
  const baseError = variance(base.logMedians) / base.processes;
  const newError = variance(changed.logMedians) / changed.processes;
  const clock = clockVariance(base) + clockVariance(changed);
  const freedom =
    (baseError + newError) ** 2 /
    (baseError ** 2 / (base.processes - 1) + newError ** 2 / (changed.processes - 1));
  return student(
    'processes',
    mean(changed.logMedians) - mean(base.logMedians),
    baseError + newError + clock,
    freedom,
  );
}

function ofPairs(base: Side, changed: Side): Estimated {
  const differences = base.logMedians.map((value, i) => at(changed.logMedians, i) - value);
  return student(
    'pairs',
    mean(differences),
    variance(differences) / differences.length,
    differences.length - 1,
  );
}

function student(
  method: 'processes' | 'pairs',
  logRatio: number,
  squaredError: number,
  freedom: number,
): Estimated {
  const error = Math.sqrt(squaredError);
  // All medians of a side alike: the error is the clock's, whose degrees of freedom nobody counts.
  const reach = error > 0 ? error * studentQuantile(upper, Number.isFinite(freedom) ? freedom : 1) : 0;
  const noError = logRatio === 0 ? 1 : 0;
  return {
    method,
    logRatio,
    logInterval: { low: logRatio - reach, high: logRatio + reach },
    p:
      error > 0
        ? Math.min(1, 2 * studentCdf(-Math.abs(logRatio) / error, Number.isFinite(freedom) ? freedom : 1))
        : noError,
    runVariance: 0,
    processVariance: squaredError,
    notes: [],
  };
}

function sideOf(series: Series): Side {
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

function comparedSide({ runs, failures, unusable, processes, medianUs, effectiveRuns }: Side): ComparedSide {
  return { runs, failures, unusable, processes, medianUs, effectiveRuns };
}

function isAllZero({ sorted }: Side): boolean {
  return at(sorted, sorted.length - 1) === 0;
}

function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function variance(values: Float64Array): number {
  const centre = mean(values);
  let sum = 0;
  for (const value of values) sum += (value - centre) ** 2;
  return sum / (values.length - 1);
}
