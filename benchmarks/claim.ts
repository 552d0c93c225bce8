/** A claim of speed: our time against that of what we replace, measured in the same run. */
export interface Ratio {
  readonly name: string;
  readonly oursSeconds: number;
  readonly theirsSeconds: number;
  /** Which tool `theirs` is, as it was run. */
  readonly against: string;
  /** `theirs / ours` must be at least this (2 = we are twice as fast; 0.5 = we may take twice as long). */
  readonly atLeast: number;
  /** The same, where we want to be. */
  readonly wanted?: number;
  /** They were ended before their end: the ratio is larger than what was measured. */
  readonly theirsWereCut?: boolean;
}

/** A claim of size: the peak of a process's resident memory. */
export interface Memory {
  readonly name: string;
  readonly bytes: number;
  readonly atMostBytes: number;
  readonly wantedBytes?: number;
}

export type Claim = Ratio | Memory;

/** What a table says of a claim. */
export interface Row {
  readonly what: string;
  readonly bar: string;
  readonly wanted: string;
  readonly measured: string;
  readonly verdict: 'wanted' | 'ok' | 'MISS';
}

/** A claim in words. */
export function rowOf(claim: Claim): Row {
  if ('bytes' in claim) {
    const { name, bytes, atMostBytes, wantedBytes = atMostBytes } = claim;
    return {
      what: name,
      bar: `at most ${megabytes(atMostBytes)}`,
      wanted: claim.wantedBytes === undefined ? '' : megabytes(wantedBytes),
      measured: megabytes(bytes),
      verdict: bytes > atMostBytes ? 'MISS' : bytes <= wantedBytes ? 'wanted' : 'ok',
    };
  }
  const { name, oursSeconds, theirsSeconds, against, atLeast, wanted = atLeast } = claim;
  const ratio = theirsSeconds / oursSeconds;
  const than = claim.theirsWereCut === true ? 'more than ' : '';
  return {
    what: `${name}, against ${against}`,
    bar: times(atLeast),
    wanted: claim.wanted === undefined ? '' : times(wanted),
    measured: `${than}${times(ratio)} (${seconds(oursSeconds)} against ${seconds(theirsSeconds)})`,
    verdict: ratio < atLeast ? 'MISS' : ratio >= wanted ? 'wanted' : 'ok',
  };
}

/** The middle value; for an even count the lower of the two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
}

/** `12 times faster`, or `2.0 times as long`. */
function times(ratio: number): string {
  const displayed = ratio >= 1 ? ratio : 1 / ratio;
  const digits = displayed >= 10 ? displayed.toFixed(0) : displayed.toFixed(displayed >= 2 ? 1 : 2);
  return `${digits} times ${ratio >= 1 ? 'faster' : 'as long'}`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

function seconds(value: number): string {
  if (value < 1e-3) return `${(value * 1e6).toPrecision(2)} us`;
  return value < 1 ? `${(value * 1000).toFixed(0)} ms` : `${value.toFixed(1)} s`;
}
