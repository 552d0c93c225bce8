/** One speed claim: our time against the tool we replace, measured in the same run. */
export interface Ratio {
  readonly name: string;
  readonly oursSeconds: number;
  readonly theirsSeconds: number;
  /** Which tool `theirs` is, as it was run. */
  readonly against: string;
  /** `theirs / ours` must be at least this (2 = we are twice as fast; 0.5 = we may take twice as long). */
  readonly atLeast: number;
  /** Peak resident memory of our process, where a budget names it. */
  readonly memoryBytes?: number;
  readonly memoryBudgetBytes?: number;
}

/** The middle value; for an even count the lower of the two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
}
