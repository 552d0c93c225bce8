import { resolve } from 'node:path';
import type { CallRequest, CallStatus } from '../../planner/call.ts';

import type { Cluster, Submitted } from '../../planner/cluster.ts';
import { openCluster } from '../../planner/open-cluster.ts';
import type { TaskContext } from '../../runner/context.ts';
import { assertWritable } from '../../util/atomic-write.ts';
import { messageOf } from '../../util/errors.ts';
import { speaksUtf8 } from '../../util/terminal-text.ts';
import { handOnResult } from './call-output.ts';
import { ownMessages } from './call-report.ts';
import { type RequestArgs, requestOf } from './call-request.ts';
import type { ClusterArgs } from './cluster-params.ts';
import { callPlace } from './cluster-place.ts';
import { followLines, followLive } from './follow.ts';
import { rememberCall } from './last-call.ts';
import { patienceMs } from './patience.ts';
import { callRequests, printRequests } from './request-lines.ts';

interface InvokeArgs extends RequestArgs, ClusterArgs {
  readonly asynch: boolean;
  readonly poll: boolean;
  readonly outputFile: string | undefined;
  readonly timeout: number | undefined;
}

/** While all slots are taken: as long as Faasm's own client goes on trying. */
const NO_SLOT_MS = 45_000;

/** `invoke`: calls a function, waits for it unless told otherwise, and hands on what it wrote. */
export async function invokeFunction(args: InvokeArgs, context: TaskContext): Promise<void> {
  const { output, env } = context;
  const isWaiting = !args.asynch || args.poll;
  if (isWaiting && !context.dry && !output.json) output.reserveStdout();
  const place = await callPlace(args, context);
  const request = await requestOf(args, context);
  if (context.dry) {
    const isAsync = args.asynch || args.poll;
    return printRequests(
      place,
      callRequests(place.api, request, isAsync),
      context,
      `${args.user}/${args.func} is called`,
    );
  }
  const file = args.outputFile === '-' ? undefined : args.outputFile;
  if (file !== undefined) await assertWritable(resolve(context.cwd, file), file);
  const remember = async ({ callId }: Submitted): Promise<void> => {
    const { user, func, numMessages: messages } = args;
    // A call is not lost because its id could not be kept.
    await rememberCall(env, place, { callId, user, func, messages }).catch((error: unknown) =>
      output.emit({ event: 'warning', message: messageOf(error), hints: [`The call id is ${callId}.`] }),
    );
  };
  const cluster = openCluster({ ...place, signal: context.signal });
  try {
    if (!isWaiting) {
      const submitted = await cluster.submit(request, submitOptions(args));
      await remember(submitted);
      return printCallId(submitted, context);
    }
    const isBlocking = place.api === 'worker' && !args.poll;
    const status = await finished(cluster, request, { args, context, remember, isBlocking });
    try {
      await handOnResult(status, file, context);
    } finally {
      if (args.graph) await printGraph(status, context);
      if (args.asynch && status.callId !== undefined) output.aside(() => `Call ID: ${status.callId}`);
    }
  } finally {
    cluster.close();
  }
}

interface Waiting {
  readonly args: InvokeArgs;
  readonly context: TaskContext;
  readonly remember: (submitted: Submitted) => Promise<void>;
  /** The request itself waits for the end. */
  readonly isBlocking: boolean;
}

/** Makes the call and waits for its end. Whoever is interrupted meanwhile is told how to find the call again. */
async function finished(
  cluster: Cluster,
  request: CallRequest,
  { args, context, remember, isBlocking }: Waiting,
): Promise<CallStatus> {
  const name = `${args.user}/${args.func}`;
  const follower = args.poll ? followLines(name, context) : followLive(name, context);
  let submitted: Submitted | undefined;
  let remembered: Promise<void> | undefined;
  const onSubmitted = (call: Submitted): void => {
    submitted = call;
    remembered = remember(call);
    follower.onSubmitted(call);
  };
  const { onWaiting, onStatus } = follower;
  const timeoutMs = patienceMs(args.timeout);
  try {
    // An older worker that blocks until the end takes one request where polling takes many.
    if (isBlocking) return await cluster.call(request, { timeoutMs, onWaiting, onSubmitted, onStatus });
    const call = await cluster.submit(request, { ...submitOptions(args), onWaiting });
    onSubmitted(call);
    return await cluster.wait(call.callId, { timeoutMs, onStatus });
  } catch (error) {
    if (context.signal.aborted && submitted !== undefined) {
      const { callId } = submitted;
      context.output.emit({
        event: 'warning',
        message: `call ${callId} goes on: a planner cannot stop it`,
        hints: [`tasks invoke.status --call-id=${callId} --wait`],
      });
    }
    throw error;
  } finally {
    follower.stop();
    await remembered;
  }
}

function submitOptions({ timeout }: InvokeArgs): { readonly timeoutMs: number } {
  return { timeoutMs: Math.min(NO_SLOT_MS, (timeout ?? NO_SLOT_MS) * 1000) };
}

function printCallId({ callId, appId, messageIds }: Submitted, { output }: TaskContext): void {
  const text = output.isQuiet ? String(callId) : `Call ID: ${callId}`;
  output.result(text, { callId, appId: appId ?? null, messageIds });
}

/** The calls that a call made, from its results. */
async function printGraph(status: CallStatus, { output, env }: TaskContext): Promise<void> {
  if (status.callId === undefined) {
    const message = 'a worker that is waited for tells no call id, and without one there is no graph';
    output.emit({
      event: 'warning',
      message,
      hints: ['tasks invoke … --asynch --graph, then tasks invoke.exec-graph'],
    });
    return;
  }
  if (output.json || output.isQuiet) return;
  const { formatTree } = await import('../../execgraph/text-tree.ts');
  const { graphFromResults } = await import('../../execgraph/build-graph.ts');
  const { measureGraph } = await import('../../execgraph/measure.ts');
  const roots = ownMessages(status).map(({ id }) => id);
  const graph = measureGraph(graphFromResults(status.messages, status.isFinished, roots));
  output.aside((paint) => formatTree(graph, { paint, columns: output.columns, utf8: speaksUtf8(env) }));
}
