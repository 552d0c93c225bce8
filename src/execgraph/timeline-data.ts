import { displayText } from '../util/display-text.ts';
import { noHost } from './call-stats.ts';
import type { CriticalPath } from './critical-path.ts';
import type { CallState } from './measure.ts';
import type { Known, Timeline } from './timeline-calls.ts';

/**
 * What the timeline's script knows, as JSON inside the page. Written by src/execgraph/timeline.ts, read by
 * src/execgraph/timeline/. A column holds one value a call, callers before what they call; times are milliseconds since
 * the earliest start.
 */
export interface TimelineData {
  /** The first root's start: the axis counts from here. */
  readonly rootMs: number;
  readonly spanMs: number;
  readonly lanes: readonly { readonly host: string; readonly rows: number; readonly calls: number }[];
  /** Distinct names of functions; the first ones get a colour. */
  readonly names: readonly string[];
  /** Distinct first lines of output. */
  readonly outputs: readonly string[];
  /** Index of the caller, -1 for a root. */
  readonly parent: readonly number[];
  /** Into `names`. */
  readonly name: readonly number[];
  readonly id: readonly number[];
  /** Into {@link callStates}. */
  readonly state: readonly number[];
  /** Into {@link knownEnds}. */
  readonly known: readonly number[];
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly lane: readonly number[];
  readonly row: readonly number[];
  /** Running time; null where nobody can tell. */
  readonly running: readonly (number | null)[];
  /** Return value; null where none is told. */
  readonly value: readonly (number | null)[];
  /** Into `outputs`. */
  readonly output: readonly number[];
  /** Of calls that end before they start: call, milliseconds, call, milliseconds … */
  readonly backwards: readonly number[];
  /** Segments of the critical path: call, from, to, call, from, to … */
  readonly path: readonly number[];
}

export const callStates = [
  'succeeded',
  'failed',
  'unfinished',
  'missing',
] as const satisfies readonly CallState[];
export const knownEnds = ['whole', 'open', 'untold'] as const satisfies readonly Known[];

const longestOutput = 200;

/** A laid out graph as the page's script takes it. `names` come first in the order given, . */
export function packTimeline(
  timeline: Timeline,
  path: CriticalPath | undefined,
  names: readonly string[],
): TimelineData {
  const { calls, originMs } = timeline;
  const nameIndex = new Map(names.map((name, index) => [name, index]));
  const outputIndex = new Map<string, number>();
  const numberOf = (index: Map<string, number>, text: string): number => {
    const known = index.get(text);
    if (known !== undefined) return known;
    index.set(text, index.size);
    return index.size - 1;
  };
  const backwards = calls.flatMap(({ call: { startMs, finishMs, index } }) =>
    startMs !== undefined && finishMs !== undefined && finishMs < startMs ? [index, startMs - finishMs] : [],
  );
  const columns = {
    parent: calls.map(({ call }) => call.parent?.index ?? -1),
    name: calls.map(({ call }) => numberOf(nameIndex, call.name)),
    id: calls.map(({ call }) => call.node.id),
    state: calls.map(({ call }) => callStates.indexOf(call.state)),
    known: calls.map(({ known }) => knownEnds.indexOf(known)),
    from: calls.map(({ fromMs }) => fromMs),
    to: calls.map(({ toMs }) => toMs),
    lane: calls.map(({ lane }) => lane),
    row: calls.map(({ row }) => row),
    running: calls.map(({ call }) => call.runningMs ?? null),
    value: calls.map(({ call }) => call.message?.returnValue ?? null),
    output: calls.map(({ call }) => numberOf(outputIndex, firstLine(call.message?.output ?? ''))),
  };
  return {
    rootMs: timeline.rootMs,
    spanMs: timeline.spanMs,
    lanes: timeline.lanes.map(({ host, rows, calls: count }) => ({
      host: displayText(host ?? noHost),
      rows,
      calls: count,
    })),
    names: [...nameIndex.keys()].map(displayText),
    outputs: [...outputIndex.keys()].map(displayText),
    ...columns,
    backwards,
    path: (path?.segments ?? []).flatMap(({ call, fromMs, toMs }) => [
      call.index,
      fromMs - originMs,
      toMs - originMs,
    ]),
  };
}

function firstLine(text: string): string {
  const line =
    text
      .slice(0, longestOutput * 4)
      .trimStart()
      .split(/[\r\n\u2028\u2029]/u, 1)[0] ?? '';
  const points = [...line];
  return points.length > longestOutput ? `${points.slice(0, longestOutput).join('')}…` : line;
}
