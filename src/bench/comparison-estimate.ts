import type { CompareOptions, Comparison, SeriesPair } from './comparison.ts';
import { changeOfPairs, changeOfProcesses } from './comparison-processes.ts';
import { changeOfRuns } from './comparison-runs.ts';
import { comparedSide, isAllZero, type Side, sideOf } from './comparison-side.ts';
import type { Interval } from './statistics/interval.ts';
import { type MannWhitney, mannWhitney } from './statistics/mann-whitney.ts';
import { twoPeaks } from './statistics/peaks.ts';

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
export type Estimated = Omit<ChangeEstimate, 'base' | 'new' | 'mannWhitney'>;

function ofRunsOrProcesses(base: Side, changed: Side, test: MannWhitney, options: CompareOptions): Estimated {
  const medians = [...base.logMedians, ...changed.logMedians];
  if (base.processes < 2 || changed.processes < 2 || !medians.every(Number.isFinite)) {
    return changeOfRuns(base, changed, test, options);
  }
  return options.isPaired === true && base.processes === changed.processes
    ? changeOfPairs(base, changed)
    : changeOfProcesses(base, changed);
}
