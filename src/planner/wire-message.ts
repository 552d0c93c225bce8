import type { CallMessage } from './message.ts';
import type { WireMessage } from './wire-schemas.ts';

/** One Message of either dialect as what it says, in our words. */
export function messageOfWire(wire: WireMessage): CallMessage {
  const bytes = outputOf(wire);
  return {
    id: wire.id ?? 0,
    appId: wire.appId ?? undefined,
    user: wire.user ?? '',
    function: wire.function ?? '',
    host: wire.executedHost || wire.exec_host || undefined,
    startMs: wire.start_ts ?? wire.timestamp ?? undefined,
    finishMs: wire.finish_ts ?? wire.finish ?? wire.finished ?? undefined,
    returnValue: wire.returnValue ?? (tellsReturnValue(wire) ? 0 : undefined),
    ...(typeof bytes === 'string' ? { output: bytes } : textAndBytes(bytes)),
    chainedIds: wire.chainedMsgIds ?? [],
    details: {
      ...detailPairs(wire.exec_graph_detail ?? '', (value) => value),
      ...detailPairs(wire.int_exec_graph_detail ?? '', Number),
      ...wire.execGraphDetails,
      ...wire.intExecGraphDetails,
    },
  };
}

/** Whether a chaining function made this call, not a client: a worker names itself in it, a client does not. */
export function isMadeByWorker(wire: WireMessage): boolean {
  return Boolean(wire.mainHost || wire.masterHost);
}

/** Output of unknown encoding: the text, and the bytes where the text does not hold all of them. */
export function textAndBytes(bytes: Uint8Array): Pick<CallMessage, 'output' | 'outputBytes'> {
  const output = Buffer.from(bytes).toString('utf8');
  return Buffer.from(output).equals(bytes) ? { output } : { output, outputBytes: bytes };
}

/** Where both are there, as in a reply of the embedded planner, the text is not the whole truth. */
function outputOf(wire: WireMessage): string | Uint8Array {
  return wire.outputData ? Buffer.from(wire.outputData, 'base64') : (wire.output_data ?? '');
}

/** protobuf's JSON leaves a return value of 0 out; the hand-written JSON before it has none at all. */
function tellsReturnValue(wire: WireMessage): boolean {
  return Boolean(wire.appId || wire.executedHost || wire.start_ts || wire.finish_ts || wire.finish);
}

/** `k:v,k:v` of the older API. */
function detailPairs<T>(text: string, value: (text: string) => T): Record<string, T> {
  const pairs: Record<string, T> = {};
  for (const pair of text.split(',')) {
    const colon = pair.indexOf(':');
    if (colon > 0) pairs[pair.slice(0, colon)] = value(pair.slice(colon + 1));
  }
  return pairs;
}
