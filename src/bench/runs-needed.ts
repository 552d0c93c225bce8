import { normalQuantile } from '../util/normal.ts';

interface Question {
  /** Standard deviation of a run as a share of the median (1.4826 MAD over median). */
  readonly spread: number;
  /** The change to be found, as a share: 0.05. */
  readonly change: number;
  /** Chance of finding it: 0.8 unless told. */
  readonly power?: number;
  /** Runs that are worth one independent run. Unless told 1.3: what it costs independent runs that their independence is estimated. */
  readonly dependence?: number;
}

const upper = 0.975;
const usualDependence = 1.3;
/** Variance of a median over that of a mean, for normal data. */
const medianPenalty = Math.PI / 2;

/**
 * Runs a side until a two-sided test of medians at 5 % finds the change with the given power: 2 (pi/2) spread^2 (z + z')^2 / log(1 + change)^2
 * (normal approximation; Lehmann 1999, section 3.3). Differences between processes come on top.
 */
export function runsNeeded({ spread, change, power = 0.8, dependence = usualDependence }: Question): number {
  const z = normalQuantile(upper) + normalQuantile(power);
  return Math.max(
    2,
    Math.ceil((2 * medianPenalty * dependence * (spread * z) ** 2) / Math.log1p(change) ** 2),
  );
}
