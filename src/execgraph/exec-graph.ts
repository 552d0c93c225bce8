import type { CallMessage } from '../planner/call.ts';

/** One place in the tree of calls. */
export interface CallNode {
  readonly id: number;
  /** undefined when the caller names the call but nobody has its result: it still runs, or never ran. */
  readonly message: CallMessage | undefined;
  readonly children: readonly CallNode[];
}

/** What one or several calls did, with everything they called. A tree: no node appears twice. */
export interface ExecGraph {
  /** The calls from outside; several for a batch of messages. */
  readonly roots: readonly CallNode[];
  /** False while calls are still running. */
  readonly isFinished: boolean;
}

/** A graph with what was odd about the data it was built from, one sentence each. */
export interface BuiltGraph extends ExecGraph {
  readonly problems: readonly string[];
}
