import type { MeasuredCall, MeasuredGraph } from './measure.ts';
import { packRows } from './timeline-rows.ts';

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
    const [callerFrom, callerTo] = [
      from[parent?.index ?? -1] ?? 0,
      to[parent?.index ?? -1] ?? lastMs - originMs,
    ];
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
        const begin = from[index] ?? 0;
        return { startMs: begin, endMs: Math.max(to[index] ?? 0, begin + resolutionMs) };
      }),
    );
    for (const [position, index] of indexes.entries()) {
      lane[index] = number;
      row[index] = packed.rows[position] ?? 0;
    }
    return { host, rows: packed.count, calls: indexes.length };
  });
  const placed = calls.map((call, index) => ({
    call,
    known: knownOf(call),
    fromMs: from[index] ?? 0,
    toMs: to[index] ?? 0,
    lane: lane[index] ?? 0,
    row: row[index] ?? 0,
  }));
  return { originMs, rootMs: placed[0]?.fromMs ?? 0, spanMs: lastMs - originMs, lanes, calls: placed };
}

function knownOf({ startMs, finishMs }: MeasuredCall): Known {
  if (startMs === undefined) return 'untold';
  return finishMs === undefined ? 'open' : 'whole';
}
