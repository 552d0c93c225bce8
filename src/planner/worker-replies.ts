// What workers of 2021 to July 2023 answer. It changed often and no version is told, so each reader takes all forms:
//
//   asynchronous call   123                      the message id, to June 2023
//                       {"id":123,"appId":7,…}   a Message, then
//   status              RUNNING                  also for an id that nobody knows
//                       SUCCESS: output          to December 2021; the HTTP status is 200
//                       {"id":…,…}               a Message, then: hand-written JSON to April 2023, protobuf's after
//                       FAILED: output           always; the HTTP status is 500
//
// The first answer that tells a result takes it away: the next one says RUNNING.
import type { CallStatus } from './call-status.ts';
import { bareStatus } from './call-status.ts';
import { ClusterError } from './cluster-error.ts';
import type { CallMessage } from './message.ts';
import { messageOfWire, textAndBytes } from './wire-message.ts';
import { messageSchema } from './wire-schemas.ts';
import { checked, jsonOf } from './wire-text.ts';
import { beginning } from './wire-words.ts';
import type { KnownCall } from './worker-requests.ts';

/** The ids in the answer to an asynchronous call. */
export function readAsyncReply(text: string): { readonly id: number; readonly appId: number | undefined } {
  const words = text.trim();
  if (/^\d{1,10}$/.test(words)) return { id: Number(words), appId: undefined };
  const wire = words.startsWith('{') ? checked(messageSchema, jsonOf(words, 'a call id'), 'a call id') : {};
  if (!wire.id) {
    throw new ClusterError('garbage', 'reading a call id: the answer holds none', {
      hints: ['Is that a worker? tasks config shows where the address comes from'],
      detail: beginning(text),
    });
  }
  return { id: wire.id, appId: wire.appId ?? undefined };
}

/** A status; undefined where the answer is none. */
export function readWorkerStatus(bytes: Uint8Array, call: KnownCall): CallStatus | undefined {
  const head = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  if (head.trim() === 'RUNNING') return bareStatus(call.id, 'running');
  if (head.startsWith('SUCCESS: ')) return ended(call.id, 'succeeded', plain(call, bytes.subarray(9)));
  if (head.startsWith('FAILED: ')) return ended(call.id, 'failed', plain(call, bytes.subarray(8)));
  if (!head.startsWith('{')) return undefined;
  const text = Buffer.from(bytes).toString('utf8');
  const message = messageOfWire(checked(messageSchema, jsonOf(text, 'a status'), 'a status'));
  return ended(call.id, (message.returnValue ?? 0) === 0 ? 'succeeded' : 'failed', message);
}

/** The status that the answer to a blocking call tells: what the function wrote, and nothing else but whether it failed. */
export function blockingStatus(isOk: boolean, bytes: Uint8Array, call: Omit<KnownCall, 'id'>): CallStatus {
  const message = plain({ ...call, id: 0 }, bytes);
  return { ...ended(0, isOk ? 'succeeded' : 'failed', message), callId: undefined };
}

function ended(callId: number, state: 'succeeded' | 'failed', message: CallMessage): CallStatus {
  return { callId, state, isFinished: true, messages: [message], ownCount: 1 };
}

function plain(call: KnownCall, output: Uint8Array): CallMessage {
  return {
    id: call.id,
    appId: call.appId,
    user: call.user ?? '',
    function: call.func ?? '',
    host: undefined,
    startMs: undefined,
    finishMs: undefined,
    returnValue: undefined,
    ...textAndBytes(output),
    chainedIds: [],
    details: {},
  };
}
