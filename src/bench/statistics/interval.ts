/** A confidence interval; its level and what it is of stand where it is used. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}
