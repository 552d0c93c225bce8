/**
 * Execution graphs as trace-event JSON, which Perfetto (ui.perfetto.dev), chrome://tracing and speedscope open. The
 * format is Google's "Trace Event Format"
 * (https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU): an object with `traceEvents`, of
 * which these phases are written:
 *
 *     M  metadata      process_name, process_sort_index, thread_name, thread_sort_index
 *     X  complete      one call: ts and dur in microseconds
 *     s  flow start    the caller's slice at the moment of the call
 *     f  flow end      the called slice at its start; `bp: "e"` binds it to the slice around it
 *
 * Traps: Perfetto drops events with a negative time, and slices of one thread that overlap without nesting, so a
 * thread is a row of the timeline and time 0 is the earliest start. A flow must begin and end inside a slice of its
 * thread, or it is not drawn: where clocks disagree, the start is moved into the caller's slice.
 */
import { noHost } from './call-stats.ts';
import { criticalPath } from './critical-path.ts';
import type { MeasuredGraph } from './measure.ts';
import { type PlacedCall, type TimelineLane, timelineOf } from './timeline-calls.ts';

/** One event of the format; which fields it has depends on `ph`. */
export interface TraceEvent {
  readonly name: string;
  readonly cat?: string;
  readonly ph: 'M' | 'X' | 's' | 'f';
  /** Microseconds since the earliest start. */
  readonly ts?: number;
  /** Microseconds. */
  readonly dur?: number;
  readonly pid: number;
  readonly tid?: number;
  readonly id?: number;
  readonly bp?: 'e';
  readonly args?: Readonly<Record<string, unknown>>;
}

/** The whole file. */
export interface TraceFile {
  readonly displayTimeUnit: 'ms';
  readonly otherData: Readonly<Record<string, string | number | boolean>>;
  readonly traceEvents: readonly TraceEvent[];
}

/** The graph as trace events: a process a host, a thread a row of calls that do not overlap, an arrow a call. */
export function traceEvents(measured: MeasuredGraph): TraceFile {
  const timeline = timelineOf(measured);
  const onPath = criticalPath(measured)?.calls;
  const events: TraceEvent[] = timeline.lanes.flatMap((lane, number) => metadata(lane, number));
  for (const placed of timeline.calls) {
    events.push(slice(placed, onPath?.has(placed.call) ?? false));
    const caller = timeline.calls[placed.call.parent?.index ?? -1];
    if (caller !== undefined) events.push(...arrow(caller, placed));
  }
  return {
    displayTimeUnit: 'ms',
    otherData: {
      originEpochMs: timeline.originMs,
      rootStartUs: micros(timeline.rootMs),
      calls: timeline.calls.length,
      isFinished: measured.isFinished,
    },
    traceEvents: events,
  };
}

function metadata({ host, rows }: TimelineLane, lane: number): TraceEvent[] {
  const pid = lane + 1;
  const events: TraceEvent[] = [
    { name: 'process_name', ph: 'M', pid, args: { name: host ?? noHost } },
    { name: 'process_sort_index', ph: 'M', pid, args: { sort_index: lane } },
  ];
  for (let row = 0; row < rows; row += 1) {
    const tid = row + 1;
    events.push({ name: 'thread_name', ph: 'M', pid, tid, args: { name: `row ${tid}` } });
    events.push({ name: 'thread_sort_index', ph: 'M', pid, tid, args: { sort_index: row } });
  }
  return events;
}

function slice({ call, known, fromMs, toMs, lane, row }: PlacedCall, critical: boolean): TraceEvent {
  const { message, runningMs, waitingMs, state } = call;
  const args: Record<string, unknown> = { id: call.node.id, state, critical };
  if (message?.appId !== undefined) args['appId'] = message.appId;
  if (message?.returnValue !== undefined) args['returnValue'] = message.returnValue;
  if (runningMs !== undefined) args['runningMs'] = runningMs;
  if (waitingMs !== undefined) args['waitingMs'] = waitingMs;
  if (message !== undefined && message.output !== '') args['output'] = message.output;
  if (known !== 'whole')
    args['times'] = known === 'open' ? 'no end told' : 'none told; drawn as long as its caller';
  return {
    name: known === 'whole' ? call.name : `${call.name} (${state})`,
    cat: `call,${state}${critical ? ',critical' : ''}`,
    ph: 'X',
    ts: micros(fromMs),
    dur: micros(toMs - fromMs),
    pid: lane + 1,
    tid: row + 1,
    args,
  };
}

/** From the caller's slice at the moment of the call to the called slice's start. */
function arrow(caller: PlacedCall, { call, fromMs, lane, row }: PlacedCall): TraceEvent[] {
  const leaveMs = Math.min(Math.max(fromMs, caller.fromMs), caller.toMs);
  const shared = { name: 'call', cat: 'call', id: call.index } as const;
  return [
    { ...shared, ph: 's', ts: micros(leaveMs), pid: caller.lane + 1, tid: caller.row + 1 },
    { ...shared, ph: 'f', bp: 'e', ts: micros(fromMs), pid: lane + 1, tid: row + 1 },
  ];
}

function micros(ms: number): number {
  return Math.round(ms * 1000);
}
