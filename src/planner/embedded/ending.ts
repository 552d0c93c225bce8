import { isUtf8 } from 'node:buffer';
import type { EndedJob } from '../../engine/thread-messages.ts';
import { messageOf, TaskError } from '../../util/errors.ts';
import type { Call } from './call.ts';
import { messageShape } from './planner-messages.ts';
import { writeMessage } from './protobuf-json.ts';

/** How a call ended. */
export interface Ending extends EndedJob {
  /** The output in place of the call's own, where the call could not run to its end. */
  readonly reason?: string;
}

/** The end of a call that never ran, or was stopped. */
export function failed(reason: string): Ending {
  const now = Date.now();
  const result = { returnValue: 1, output: new Uint8Array(), failure: undefined };
  return { result, startMs: now, finishMs: now, reason };
}

/** faabric's words for a call that an exception ended. */
export function threw(call: Call, what: string): string {
  return `Task ${call.id} threw exception. What: ${what}`;
}

/** What a thread tells of a call's end, with the reason where it is a failure or too much output. */
export function judged(call: Call, ended: EndedJob, mostOutputBytes: number): Ending {
  const { failure, output } = ended.result;
  if (failure !== undefined) return { ...ended, reason: threw(call, failure) };
  if (output.length <= mostOutputBytes) return ended;
  const reason = threw(
    call,
    `its output of ${output.length} bytes is more than the planner takes (${mostOutputBytes})`,
  );
  return { ...ended, result: { ...ended.result, returnValue: 1 }, reason };
}

/**
 * The result as clients get it. `output_data` is a text in this protocol: bytes that are none are there once more as base64,
 * under the name that the field had while it held bytes.
 */
export function resultText(call: Call, { result, startMs, finishMs, reason }: Ending): string {
  const output = reason === undefined ? result.output : Buffer.from(reason);
  const text = writeMessage(messageShape, {
    ...call.fields,
    output_data: Buffer.from(output).toString(),
    returnValue: result.returnValue,
    start_ts: String(startMs),
    executedHost: call.host?.ip,
    finish_ts: String(finishMs),
    chainedMsgIds: call.chainedIds ?? [],
  });
  if (isUtf8(output)) return text;
  return `${text.slice(0, -1)},"outputData":"${Buffer.from(output).toString('base64')}"}`;
}

/** An error with its hints, in a line of the log. */
export function loggedError(error: unknown): string {
  return error instanceof TaskError ? [error.message, ...error.hints].join('; ') : messageOf(error);
}
