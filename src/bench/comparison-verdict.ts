import { normalQuantile } from '../util/normal.ts';
import type { ChangeEstimate } from './comparison-estimate.ts';

export type Verdict = 'faster' | 'slower' | 'same' | 'noisy';
export type Reach = 'certainly' | 'probably' | 'possibly';

/** What a side would need in all. */
export interface Needed {
  /** Runs in each process. */
  readonly runs: number;
  readonly processes: number;
}

interface Evidence {
  readonly estimate: ChangeEstimate;
  readonly pAdjusted: number;
  readonly threshold: number;
  readonly falseDiscoveryRate: number;
}

interface Decision {
  readonly verdict: Verdict;
  readonly beyondThreshold: Reach | undefined;
  readonly needed: Needed | undefined;
}

/** The power at which {@link Needed} is computed. */
const power = 0.8;
const upper = 0.975;

/**
 * The verdict. `same`: the whole interval lies within the threshold (a claim of equivalence, Schuirmann 1987). Else `faster` or `slower`:
 * the adjusted p is at most the false discovery rate and the interval excludes 1. Else `noisy`. With more and more runs every true
 * ratio leaves noisy: within the threshold it ends as same, beyond it as faster or slower.
 */
export function decide({ estimate, pAdjusted, threshold, falseDiscoveryRate }: Evidence): Decision {
  const { logRatio, logInterval } = estimate;
  const limit = Math.log1p(threshold);
  if (logRatio === undefined || logInterval === undefined) return decision('noisy');
  const { low, high } = logInterval;
  if (Math.max(-low, high) <= limit) return decision('same');
  if (pAdjusted <= falseDiscoveryRate && (low > 0 || high < 0)) {
    const nearest = Math.min(Math.abs(low), Math.abs(high));
    const reach = nearest > limit ? 'certainly' : Math.abs(logRatio) > limit ? 'probably' : 'possibly';
    return decision(logRatio > 0 ? 'slower' : 'faster', reach);
  }
  return decision('noisy', undefined, needed(estimate, limit));
}

function decision(verdict: Verdict, beyondThreshold?: Reach, required?: Needed): Decision {
  return { verdict, beyondThreshold, needed: required };
}

// The interval must become so narrow that it excludes 1, or that it fits within the limit: whichever is easier for a change as
// large as the estimate. What processes add to the error is not made smaller by runs.
function needed(estimate: ChangeEstimate, limit: number): Needed | undefined {
  const { logRatio = 0, runVariance, processVariance, base, new: changed } = estimate;
  const size = Math.abs(logRatio);
  const distance = Math.max(size, limit - size);
  const target = (distance / (normalQuantile(upper) + normalQuantile(power))) ** 2;
  const runs = Math.max(base.runs / base.processes, changed.runs / changed.processes);
  const processes = Math.max(base.processes, changed.processes);
  if (estimate.method === 'runs' && processVariance <= target / 2) {
    return {
      runs: Math.max(Math.ceil((runs * runVariance) / (target - processVariance)), Math.ceil(runs) + 1),
      processes: 1,
    };
  }
  const total = (runVariance + processVariance) * processes;
  return { runs: Math.ceil(runs), processes: Math.max(3, Math.ceil(total / target), processes + 1) };
}
