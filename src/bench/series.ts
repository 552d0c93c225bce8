/** Everything measured of one line of a spec, in the order of the runs. */
export interface Series {
  readonly user: string;
  readonly func: string;
  /** The input, where the spec beside the results tells it; results files themselves do not. */
  readonly input: string | undefined;
  /** Microseconds of each run that returned 0 and has a usable time. */
  readonly runUs: Float64Array;
  /** Microseconds of putting the function back to its first state after each such run; undefined in files without that column. */
  readonly resetUs: Float64Array | undefined;
  /** Runs that returned something else than 0. */
  readonly failures: number;
  /** Runs left out because their time is no time: NaN, negative, infinite. */
  readonly unusable: number;
  /**
   * Where each process begins in `runUs`, ascending from 0, when several processes were measured one after the other; without
   * it all runs are one process. Verdicts about several processes come from how the processes differ.
   */
  readonly blockStarts?: readonly number[];
}
