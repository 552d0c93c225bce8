import { at } from '../util/indexed.ts';
import { normalQuantile, twoSidedP } from '../util/normal.ts';
import type { Series } from './series.ts';
import { type Random, randomFrom, studentCdf, studentQuantile } from './statistics/distributions.ts';
import { type Interval, medianResampler } from './statistics/interval.ts';
import { type MannWhitney, mannWhitney } from './statistics/mann-whitney.ts';
import { driftOf, effectiveRuns } from './statistics/over-time.ts';
import { twoPeaks } from './statistics/peaks.ts';
import {
  clockStep,
  mean,
  median,
  medianOf,
  quantileOf,
  sortedCopy,
  squaredDeviations,
} from './statistics/quantiles.ts';

/** What makes a comparison weaker than it looks. */
export type ComparisonNote =
  /** A side has no usable run. */
  | 'no-runs'
  /** A side has one run: nothing tells how much runs differ. */
  | 'one-run'
  /** A median is 0: the clock is too coarse, a ratio has no meaning. */
  | 'zero-times'
  /** One process a side: how much processes differ is assumed (`processNoise`), not measured. */
  | 'one-process'
  /** One process a side, and times that move up or down over the runs: where they would have gone is unknown. */
  | 'drift'
  /** Runs resemble their neighbours so much that a side is worth less than a third of its runs. */
  | 'dependent-runs'
  /** A side has two peaks: its median describes neither, and a change of their shares moves it little or much. */
  | 'two-peaks';

export interface ComparedSide {
  readonly runs: number;
  readonly failures: number;
  readonly unusable: number;
  readonly processes: number;
  /** NaN without runs. */
  readonly medianUs: number;
  /** Independent runs that these are worth. */
  readonly effectiveRuns: number;
}

export interface CompareOptions {
  /** Smallest change that matters, as a share: 0.05. Symmetric as a ratio: within 1/1.05 and 1.05 is the same. */
  readonly threshold: number;
  /** Share of false alarms accepted among the alarms: 0.05. */
  readonly falseDiscoveryRate: number;
  readonly seed: number;
  /**
   * Standard deviation of the medians of equal processes, as a share, for sides measured in one process; measured by
   * noiseFloor. Without it {@link assumedProcessNoise}.
   */
  readonly processNoise?: number;
  /** The i-th process of BASE and of NEW ran next to each other (interleaved runs): their ratios are compared, drift drops out. */
  readonly isPaired?: boolean;
}

/** Two series of the same line of a spec. */
export interface SeriesPair {
  readonly base: Series;
  readonly new: Series;
}

/** How NEW relates to BASE, in logarithms of ratios: those are symmetric and have no end at 0. */
export interface ChangeEstimate {
  readonly base: ComparedSide;
  readonly new: ComparedSide;
  /** What the interval and p come from: the runs of one process a side, the processes, or pairs of neighbouring processes. */
  readonly method: 'runs' | 'processes' | 'pairs';
  readonly mannWhitney: MannWhitney;
  readonly notes: readonly ComparisonNote[];
  readonly logRatio: number | undefined;
  readonly logInterval: Interval | undefined;
  readonly p: number;
  /** Variance of the log ratio that more runs make smaller, and that only more processes make smaller. */
  readonly runVariance: number;
  readonly processVariance: number;
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
  const estimated = ofRunsOrProcesses(base, changed, shared.mannWhitney, options);
  const hasTwoPeaks = [base, changed].some(
    ({ sorted, effectiveRuns }) => twoPeaks(sorted, effectiveRuns) !== undefined,
  );
  const notes = hasTwoPeaks ? [...estimated.notes, 'two-peaks' as const] : estimated.notes;
  return { ...shared, ...estimated, notes };
}

/** The part of an estimate that depends on the method. */
type Estimated = Omit<ChangeEstimate, 'base' | 'new' | 'mannWhitney'>;

function ofRunsOrProcesses(base: Side, changed: Side, test: MannWhitney, options: CompareOptions): Estimated {
  const medians = [...base.logMedians, ...changed.logMedians];
  if (base.processes < 2 || changed.processes < 2 || !medians.every(Number.isFinite)) {
    return changeOfRuns(base, changed, test, options);
  }
  return options.isPaired === true && base.processes === changed.processes
    ? changeOfPairs(base, changed)
    : changeOfProcesses(base, changed);
}

/** Of the 95 % intervals. */
const upper = 0.975;

/** One side of a comparison with what the estimates are made from. */
interface Side extends ComparedSide {
  readonly values: Float64Array;
  readonly sorted: Float64Array;
  /** Logarithms of the median of each process. */
  readonly logMedians: Float64Array;
}

/** Sorts and measures a series once for all the tests that follow. */
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

/** What a result keeps of a side. */
function comparedSide({ runs, failures, unusable, processes, medianUs, effectiveRuns }: Side): ComparedSide {
  return { runs, failures, unusable, processes, medianUs, effectiveRuns };
}

/** Whether the clock showed nothing but 0. */
function isAllZero({ sorted }: Side): boolean {
  return at(sorted, sorted.length - 1) === 0;
}

/** Variance that a clock of coarse steps adds to the logarithm of a median: a time anywhere within a step reads alike. */
function clockVariance({ sorted, medianUs }: Side): number {
  return (clockStep(sorted) / medianUs) ** 2 / 12;
}

/**
 * Several processes a side: Welch's t of the logarithms of their medians, the processes being the independent repetitions (Kalibera
 * and Jones, "Rigorous benchmarking in reasonable time", ISMM 2013). What a coarse clock adds counts as known (Satterthwaite 1946).
 */
function changeOfProcesses(base: Side, changed: Side): Estimated {
  const parts = [base, changed].map(({ logMedians, processes }) => ({
    squaredError: variance(logMedians) / processes,
    freedom: processes - 1,
  }));
  return ofParts('processes', mean(changed.logMedians) - mean(base.logMedians), parts, clock(base, changed));
}

/** Processes that ran next to each other in pairs: Student's t of the logarithms of their ratios. */
function changeOfPairs(base: Side, changed: Side): Estimated {
  const differences = base.logMedians.map((value, i) => at(changed.logMedians, i) - value);
  const squaredError = variance(differences) / differences.length;
  const parts = [{ squaredError, freedom: differences.length - 1 }];
  return ofParts('pairs', mean(differences), parts, clock(base, changed));
}

interface ErrorPart {
  readonly squaredError: number;
  readonly freedom: number;
}

function ofParts(
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

/** What the medians of equal processes differ by where nobody measured it: a standard deviation of 1 %. */
const assumedProcessNoise = 0.01;

const resamples = 2000;
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
function changeOfRuns(base: Side, changed: Side, test: MannWhitney, options: CompareOptions): Estimated {
  const random = randomFrom(options.seed);
  const logRatio = Math.log(changed.medianUs / base.medianUs);
  const drifts = [base, changed].map(driftVariance);
  const noise =
    2 * (options.processNoise ?? assumedProcessNoise) ** 2 + clockVariance(base) + clockVariance(changed);
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
