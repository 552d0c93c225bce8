import type { CallResult } from './linked-function.ts';
import type { SharedCode } from './prepared-function.ts';
import type { StateAnswer, StateOperation } from './state-store.ts';

/** One call for a call thread to run. */
export interface ThreadJob {
  /** The number under which the thread speaks of this call. */
  readonly serial: number;
  readonly user: string;
  readonly func: string;
  readonly wasmPath: string;
  /** Changes when the file does. */
  readonly version: string;
  /** The compiled function, where some thread compiled it and this one may not have it. */
  readonly code: SharedCode | undefined;
  readonly input: Uint8Array;
  readonly args: readonly string[];
  readonly pointer: number | undefined;
}

/** A call that a thread ran to its end. */
export interface EndedJob {
  readonly result: CallResult;
  /** Epoch milliseconds. */
  readonly startMs: number;
  readonly finishMs: number;
}

/** What a call thread says without waiting for an answer. */
export type ThreadNews =
  | { readonly kind: 'ended'; readonly serial: number; readonly ended: EndedJob }
  | {
      readonly kind: 'compiled';
      readonly wasmPath: string;
      readonly version: string;
      readonly code: SharedCode;
    }
  | { readonly kind: 'warning'; readonly serial: number; readonly text: string };

/** What a call thread asks, standing still until the answer is there. `from` is the serial of the call that asks. */
export type ThreadQuestion =
  | {
      readonly kind: 'chain';
      readonly from: number;
      readonly name: string | undefined;
      readonly pointer: number | undefined;
      readonly input: Uint8Array;
    }
  | { readonly kind: 'await'; readonly from: number; readonly call: number }
  | {
      readonly kind: 'state';
      readonly from: number;
      readonly user: string;
      readonly key: string;
      readonly operation: StateOperation;
    };

export type ThreadAnswer =
  | { readonly kind: 'chained'; readonly call: number }
  | { readonly kind: 'result'; readonly result: CallResult | undefined }
  /** The awaited call has not begun: this thread runs it itself. */
  | { readonly kind: 'run'; readonly job: ThreadJob }
  | { readonly kind: 'state'; readonly answer: StateAnswer }
  /** What was asked for is not done; the call fails with this text. */
  | { readonly kind: 'refused'; readonly reason: string };

/** How a thread is started. */
export interface ThreadStart {
  readonly port: MessagePort;
  /** One integer, counted up with every answer put into the port. */
  readonly answered: SharedArrayBuffer;
}

type MessagePort = import('node:worker_threads').MessagePort;
