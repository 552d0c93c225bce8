/** One call of one function, as a planner's or an older worker's Message tells it, whatever the dialect. */
export interface CallMessage {
  /** Random positive int32. 0 where the sender gave none. */
  readonly id: number;
  /** The batch it belongs to; undefined with the 2021 worker API, where `id` alone is enough. */
  readonly appId: number | undefined;
  readonly user: string;
  readonly function: string;
  /** The address of the worker that ran it; undefined until one did. */
  readonly host: string | undefined;
  /** Epoch milliseconds on that host's clock; undefined until it started. */
  readonly startMs: number | undefined;
  /** Epoch milliseconds on that host's clock; undefined until it ended. */
  readonly finishMs: number | undefined;
  /** 0 is success. undefined where the dialect does not tell (2021 worker API). */
  readonly returnValue: number | undefined;
  /** What the function wrote; for a failed call the reason. */
  readonly output: string;
  /** The same, byte for byte; only where it is no UTF-8, so that {@link output} is not the whole truth. */
  readonly outputBytes?: Uint8Array;
  /** Ids of the calls it made, in the order the planner tells them. Empty with the 2021 worker API. */
  readonly chainedIds: readonly number[];
  /** `execGraphDetails` and `intExecGraphDetails`, or the older `exec_graph_detail` strings. */
  readonly details: Readonly<Record<string, string | number>>;
}

/** An execution graph as it comes over the wire: a call with the calls it made. */
export interface GraphNode {
  readonly message: CallMessage;
  readonly chained: readonly GraphNode[];
  /**
   * Only where the call has no result: `unfinished` may still get one, `missing` never will (it was never scheduled for
   * lack of slots, say). Of such a call only the ids in `message` are known.
   */
  readonly absence?: 'unfinished' | 'missing';
}
