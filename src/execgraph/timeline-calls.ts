import { at } from '../util/indexed.ts';
import type { MeasuredCall, MeasuredGraph } from './measure.ts';

/** What the ends of a bar are worth. `open`: started, no end told. `untold`: nobody tells when it started. */
export type Known = 'whole' | 'open' | 'untold';

/** A call with its place in the picture. Times are milliseconds since {@link Timeline.originMs}. */
export interface PlacedCall {
  readonly call: MeasuredCall;
  readonly known: Known;
  /** Where its bar begins; for an untold call its caller's start. */
  readonly fromMs: number;
  /** Where its bar ends; for an open call the last time that anyone tells, for an untold one its caller's end. */
  readonly toMs: number;
  /** Index into {@link Timeline.lanes}. */
  readonly lane: number;
  /** Row within the lane. */
  readonly row: number;
}

/** All calls of one host. */
export interface TimelineLane {
  /** undefined for calls of which no host is known. */
  readonly host: string | undefined;
  /** As many as there were calls at once, those included that waited for others. */
  readonly rows: number;
  readonly calls: number;
}

/** A graph laid out in time. */
export interface Timeline {
  /** Epoch milliseconds of time 0: the earliest start that any call tells. */
  readonly originMs: number;
  /** The first root's start since the origin: more than 0 where clocks disagree. */
  readonly rootMs: number;
  readonly spanMs: number;
  /** In order of first appearance; calls without a host last. */
  readonly lanes: readonly TimelineLane[];
  /** In the order of {@link MeasuredGraph.calls}: callers before what they call. */
  readonly calls: readonly PlacedCall[];
}

/** The shortest stretch a call takes in its row: times have whole milliseconds, so that 0 means less than one. */
const resolutionMs = 1;

/** Lays out a graph: who ran on which host, when, and in which row. */
export function timelineOf({ calls, startMs }: MeasuredGraph): Timeline {
  const originMs = startMs ?? 0;
  const lastMs = calls.reduce(
    (last, call) => Math.max(last, call.startMs ?? last, call.finishMs ?? last),
    originMs,
  );
  const from = new Float64Array(calls.length);
  const to = new Float64Array(calls.length);
  const members = new Map<string | undefined, number[]>();
  for (const call of calls) {
    const { index, parent } = call;
    const callerFrom = parent === undefined ? 0 : at(from, parent.index);
    const callerTo = parent === undefined ? lastMs - originMs : at(to, parent.index);
    const begin = call.startMs === undefined ? callerFrom : call.startMs - originMs;
    const end = call.startMs === undefined ? callerTo : (call.finishMs ?? lastMs) - originMs;
    from[index] = begin;
    to[index] = Math.max(begin, end);
    const lane = members.get(call.host);
    if (lane === undefined) members.set(call.host, [index]);
    else lane.push(index);
  }
  const hosts = [...members].sort(([a], [b]) => Number(a === undefined) - Number(b === undefined));
  const lane = new Int32Array(calls.length);
  const row = new Int32Array(calls.length);
  const lanes = hosts.map(([host, indexes], number) => {
    const packed = packRows(
      indexes.map((index) => {
        const begin = at(from, index);
        return { startMs: begin, endMs: Math.max(at(to, index), begin + resolutionMs) };
      }),
    );
    for (const [position, index] of indexes.entries()) {
      lane[index] = number;
      row[index] = at(packed.rows, position);
    }
    return { host, rows: packed.count, calls: indexes.length };
  });
  const placed = calls.map((call, index) => ({
    call,
    known: knownOf(call),
    fromMs: at(from, index),
    toMs: at(to, index),
    lane: at(lane, index),
    row: at(row, index),
  }));
  return { originMs, rootMs: placed[0]?.fromMs ?? 0, spanMs: lastMs - originMs, lanes, calls: placed };
}

function knownOf({ startMs, finishMs }: MeasuredCall): Known {
  if (startMs === undefined) return 'untold';
  return finishMs === undefined ? 'open' : 'whole';
}

/** A stretch of time that wants a row to itself. */
export interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * The row of each stretch, so that none overlaps another in its row: each, by ascending start, takes the highest row
 * that is free. That needs no more rows than stretches overlap at most, in n log n.
 */
export function packRows(stretches: readonly Stretch[]): {
  readonly rows: Int32Array;
  readonly count: number;
} {
  const order = stretches.map((_, index) => index);
  order.sort((a, b) => (stretches[a]?.startMs ?? 0) - (stretches[b]?.startMs ?? 0) || a - b);
  const free = new FreeRows(stretches.length);
  const rows = new Int32Array(stretches.length);
  let count = 0;
  for (const index of order) {
    const stretch = stretches[index];
    if (stretch === undefined) continue;
    const row = free.take(stretch.startMs, stretch.endMs);
    rows[index] = row;
    count = Math.max(count, row + 1);
  }
  return { rows, count };
}

/** When each row becomes free, in a tree that knows the earliest such time of every half. */
class FreeRows {
  readonly #size: number;
  readonly #earliest: Float64Array;

  constructor(most: number) {
    this.#size = 2 ** Math.ceil(Math.log2(Math.max(1, most)));
    this.#earliest = new Float64Array(2 * this.#size).fill(Number.NEGATIVE_INFINITY);
  }

  /** Takes the first row that is free at `from` until `to`. */
  take(from: number, to: number): number {
    let node = 1;
    while (node < this.#size) node = 2 * node + (at(this.#earliest, 2 * node) <= from ? 0 : 1);
    const row = node - this.#size;
    this.#earliest[node] = Math.max(from, to);
    for (node >>= 1; node >= 1; node >>= 1) {
      this.#earliest[node] = Math.min(at(this.#earliest, 2 * node), at(this.#earliest, 2 * node + 1));
    }
    return row;
  }
}
