import type { Metric } from './metric.ts';

/** What became of a counter between two looks. */
export type Growth =
  | { readonly kind: 'grown'; readonly by: number }
  /** It went over its largest number and began again at 0. */
  | { readonly kind: 'wrapped'; readonly by: number }
  /** Whoever counts was started anew: what happened in between is not known. */
  | { readonly kind: 'reset' };

/**
 * How far a counter came. A 32-bit one that is smaller than before wrapped when that means less than half of its range, as
 * pmval(1) takes it under PCP_COUNTER_WRAP; else, and with 64 bits always, it was reset.
 */
export function growthOf(before: number, now: number, bits: Metric['bits']): Growth {
  if (now >= before) return { kind: 'grown', by: now - before };
  const range = 2 ** 32;
  const over = now - before + range;
  return bits === 32 && before < range && over < range / 2
    ? { kind: 'wrapped', by: over }
    : { kind: 'reset' };
}

/** A counter's growth per second; undefined after a reset, or when the host's clock did not go forward. */
export function ratePerSecond(
  before: number,
  now: number,
  elapsedMs: number,
  bits: Metric['bits'],
): number | undefined {
  if (!(elapsedMs > 0)) return undefined;
  const growth = growthOf(before, now, bits);
  return growth.kind === 'reset' ? undefined : (growth.by * 1000) / elapsedMs;
}
