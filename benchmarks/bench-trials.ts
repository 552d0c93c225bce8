import { compareSeries } from '../src/bench/comparison.ts';
import type { Random } from '../src/bench/statistics/distributions.ts';
import { summarise } from '../src/bench/statistics/summary.ts';
import { type Scenario, simulated } from './bench-scenarios.ts';

export interface Design {
  readonly runs: number;
  readonly processes: number;
}

/** Shares of the trials. */
export interface TrialResult {
  readonly faster: number;
  readonly slower: number;
  readonly same: number;
  readonly noisy: number;
  /** Trials whose 95 % interval holds the true ratio. */
  readonly covered: number;
  /** Trials with p at most 0.05, whatever the threshold says. */
  readonly significant: number;
}

/** Compares `trials` simulated pairs whose true ratio is `ratio`, each alone, at the threshold of 5 %. */
export function tried(
  scenario: Scenario,
  design: Design,
  ratio: number,
  trials: number,
  random: Random,
  processNoise?: number,
): TrialResult {
  const none = { faster: 0, slower: 0, same: 0, noisy: 0, failed: 0, cut: 0, missing: 0, new: 0 };
  const counts = { ...none, covered: 0, significant: 0 };
  for (let i = 0; i < trials; i += 1) {
    const base = simulated(scenario, random, { ...design, factor: 1 });
    const changed = simulated(scenario, random, { ...design, factor: ratio });
    const options = {
      threshold: 0.05,
      falseDiscoveryRate: 0.05,
      seed: random.bits(),
      ...(processNoise === undefined ? {} : { processNoise }),
    };
    for (const { verdict, interval, p } of compareSeries([base], [changed], options)) {
      counts[verdict] += 1;
      if (interval !== undefined && interval.low <= ratio && ratio <= interval.high) counts.covered += 1;
      if (p <= 0.05) counts.significant += 1;
    }
  }
  return {
    faster: counts.faster / trials,
    slower: counts.slower / trials,
    same: counts.same / trials,
    noisy: counts.noisy / trials,
    covered: counts.covered / trials,
    significant: counts.significant / trials,
  };
}

/** Share of wrong alarms among all alarms, and of the changed functions that were found, in families of 40 functions of which 10 are 10 % slower. */
export function familyTried(
  scenario: Scenario,
  design: Design,
  families: number,
  random: Random,
): { readonly falseDiscoveries: number; readonly found: number } {
  const functions = 40;
  const slower = 10;
  let wrongShare = 0;
  let found = 0;
  for (let family = 0; family < families; family += 1) {
    const make = (factor: (i: number) => number) =>
      Array.from({ length: functions }, (_, i) => ({
        ...simulated(scenario, random, { ...design, factor: factor(i) }),
        func: `f${i}`,
      }));
    const base = make(() => 1);
    const changed = make((i) => (i < slower ? 1.1 : 1));
    const comparisons = compareSeries(base, changed, {
      threshold: 0.05,
      falseDiscoveryRate: 0.05,
      seed: random.bits(),
    });
    const isAlarm = comparisons.map(({ verdict }) => verdict === 'slower' || verdict === 'faster');
    const alarms = isAlarm.filter(Boolean).length;
    const right = isAlarm.slice(0, slower).filter(Boolean).length;
    wrongShare += alarms === 0 ? 0 : (alarms - right) / alarms;
    found += right / slower;
  }
  return { falseDiscoveries: wrongShare / families, found: found / families };
}

/** How often a summary of a series of this scenario reports what: coverage of the median's interval, two peaks, drift, warm-up. */
export function summaryTried(
  scenario: Scenario,
  runs: number,
  trueMedianUs: number,
  trials: number,
  random: Random,
): { readonly covered: number; readonly peaks: number; readonly drift: number; readonly warmUp: number } {
  let covered = 0;
  let peaks = 0;
  let drift = 0;
  let warmUp = 0;
  for (let i = 0; i < trials; i += 1) {
    const { run } = summarise(simulated(scenario, random, { runs, processes: 1, factor: 1 }), {
      seed: random.bits(),
    });
    if (run?.interval !== undefined && run.interval.low <= trueMedianUs && trueMedianUs <= run.interval.high)
      covered += 1;
    if (run?.peaks !== undefined) peaks += 1;
    if (run?.drift?.isClear === true) drift += 1;
    if (run?.warmUp !== undefined && run.warmUp.steadyAfter !== 0) warmUp += 1;
  }
  return { covered: covered / trials, peaks: peaks / trials, drift: drift / trials, warmUp: warmUp / trials };
}
