import { at } from '../util/indexed.ts';
import type { Results } from './results.ts';

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
  /** Set where the file ends before all the runs that were asked for. */
  readonly isCut?: boolean;
  /** Runs left out because their time is no time: NaN, negative, infinite. */
  readonly unusable: number;
  /**
   * Where each process begins in `runUs`, ascending from 0, when several processes were measured one after the other; without
   * it all runs are one process. Verdicts about several processes come from how the processes differ.
   */
  readonly blockStarts?: readonly number[];
}

/** How many calls were measured, usable or not. */
export function rowsOf({ runUs, failures, unusable }: Series): number {
  return runUs.length + failures + unusable;
}

/** Rows that one process measured of one line of the spec: from `firstRow` to the next block's. */
export interface RowBlock {
  readonly firstRow: number;
  readonly user: string;
  readonly func: string;
  readonly input: string;
}

/**
 * The rows of each function (with blocks: of each function and input, and where each process begins) in the order in which
 * they were measured. A block
 * whose rows are of another function is not believed: the file was written by somebody else since.
 */
export function seriesOf(results: Results, blocks: readonly RowBlock[] = []): Series[] {
  const builders = new Map<string, SeriesBuilder>();
  const inputs = believable(results, blocks) ? blocks : [];
  let block = -1;
  for (let row = 0; row < results.rows; row++) {
    while ((inputs[block + 1]?.firstRow ?? Number.POSITIVE_INFINITY) <= row) block += 1;
    const id = at(results.nameIds, row);
    const input = inputs[block]?.input;
    const key = `${id}\0${input ?? ''}`;
    let builder = builders.get(key);
    if (builder === undefined) {
      builder = new SeriesBuilder(results, id, input);
      builders.set(key, builder);
    }
    builder.add(row, block);
  }
  return [...builders.values()].map((builder) => builder.build());
}

function believable(results: Results, blocks: readonly RowBlock[]): boolean {
  return blocks.every(({ firstRow, user, func }) => {
    if (firstRow >= results.rows) return true;
    const name = at(results.names, at(results.nameIds, firstRow));
    return name.user === user && name.func === func;
  });
}

class SeriesBuilder {
  readonly #results: Results;
  readonly #id: number;
  readonly #input: string | undefined;
  readonly #runUs: number[] = [];
  readonly #resetUs: number[] = [];
  readonly #blockStarts: number[] = [];
  #block = -1;
  #failures = 0;
  #unusable = 0;

  constructor(results: Results, id: number, input: string | undefined) {
    this.#results = results;
    this.#id = id;
    this.#input = input;
  }

  add(row: number, block: number): void {
    if (block !== this.#block) {
      this.#block = block;
      // A block without a usable run leaves no trace.
      if (this.#blockStarts.at(-1) !== this.#runUs.length) this.#blockStarts.push(this.#runUs.length);
    }
    const { returnValues, runUs, resetUs, hasReset } = this.#results;
    const [run, reset] = [at(runUs, row), at(resetUs, row)];
    if (at(returnValues, row) !== 0) {
      this.#failures += 1;
    } else if (Number.isNaN(run) || (hasReset && Number.isNaN(reset))) {
      this.#unusable += 1;
    } else {
      this.#runUs.push(run);
      if (hasReset) this.#resetUs.push(reset);
    }
  }

  build(): Series {
    const { user, func } = at(this.#results.names, this.#id);
    return {
      user,
      func,
      input: this.#input,
      runUs: Float64Array.from(this.#runUs),
      resetUs: this.#results.hasReset ? Float64Array.from(this.#resetUs) : undefined,
      failures: this.#failures,
      unusable: this.#unusable,
      ...(this.#block < 0
        ? {}
        : { blockStarts: this.#blockStarts.filter((start) => start < this.#runUs.length) }),
    };
  }
}
