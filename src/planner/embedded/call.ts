import type { CallResult } from '../../engine/linked-function.ts';
import type { App } from './app.ts';
import type { Host } from './hosts.ts';
import { flagField, numberField, textField } from './planner-messages.ts';
import type { Fields } from './protobuf-json.ts';

/** One call from its request to its result. */
export interface Call {
  /** Unique in this planner; ids are the callers' business. */
  readonly serial: number;
  readonly id: number;
  readonly app: App;
  /** The message as it came, or as a chained call gets it. */
  readonly fields: Fields;
  readonly user: string;
  readonly func: string;
  readonly input: Uint8Array;
  readonly pointer: number | undefined;
  /** How many calls wait for this one, itself included. */
  readonly depth: number;
  /** Ids of the calls it made, where they are recorded. */
  readonly chainedIds: number[] | undefined;
  state: 'queued' | 'running' | 'ended';
  host: Host | undefined;
  /** Once it has ended: what a call that awaits it gets. */
  result: CallResult | undefined;
  /** Told when it has ended. */
  readonly waiters: (() => void)[];
  timer: NodeJS.Timeout | undefined;
}

/** A call as its message asks for it, before it runs. */
export function newCall(
  asked: Pick<Call, 'serial' | 'app' | 'fields' | 'input' | 'pointer' | 'depth'>,
): Call {
  const { fields } = asked;
  return {
    ...asked,
    id: numberField(fields, 'id'),
    user: textField(fields, 'user'),
    func: textField(fields, 'function'),
    chainedIds: flagField(fields, 'record_exec_graph') ? [] : undefined,
    state: 'queued',
    host: undefined,
    result: undefined,
    waiters: [],
    timer: undefined,
  };
}
