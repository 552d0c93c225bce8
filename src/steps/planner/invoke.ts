import { resolve } from 'node:path';
import type { CallRequest, CallStatus } from '../../planner/call.ts';

import type { Cluster, Submitted } from '../../planner/cluster.ts';
import type { TaskContext } from '../../runner/context.ts';
import { assertWritable } from '../../util/atomic-write.ts';
import { messageOf } from '../../util/errors.ts';
import { speaksUtf8 } from '../../util/terminal-text.ts';
import { handOnResult, ownMessages } from './call-report.ts';
import { type RequestArgs, requestOf } from './call-request.ts';
import type { ClusterArgs } from './cluster-params.ts';
import { type ClusterPlace, callPlace } from './cluster-place.ts';
import { followLines, followLive } from './follow.ts';
import { rememberCall } from './last-call.ts';
import { askCluster, callRequests, patienceMs, requestStep } from './requests.ts';

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
  const { output, cwd, dry } = context;
  const isWaiting = !args.asynch || args.poll;
  if (isWaiting && !dry && !output.json) output.reserveStdout();
  const place = await callPlace(args, context);
  const request = await requestOf(args, context);
  const file = args.outputFile === '-' ? undefined : args.outputFile;
  const calling = requestStep(place, callRequests(place.api, request, args.asynch || args.poll), {
    title: `Call ${args.user}/${args.func}`,
    why: isWaiting ? 'the result is waited for' : '--asynch: only the call id is waited for',
    inputs: args.inputFile === undefined ? [] : [args.inputFile],
    outputs: [file ?? '-'],
  });
  await askCluster(place, calling, context, async (cluster) => {
    if (file !== undefined) await assertWritable(resolve(cwd, file), file);
    const remember = async (call: Submitted): Promise<void> => await rememberFor(place, args, call, context);
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
  });
}

/** A call is not lost because its id could not be kept. */
async function rememberFor(
  place: ClusterPlace,
  { user, func, numMessages: messages }: InvokeArgs,
  { callId }: Submitted,
  { env, output }: TaskContext,
): Promise<void> {
  await rememberCall(env, place, { callId, user, func, messages }).catch((error: unknown) =>
    output.emit({ event: 'warning', message: messageOf(error), hints: [`The call id is ${callId}.`] }),
  );
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
  const { formatTree } = await import('../../execgraph/text.ts');
  const { graphFromResults } = await import('../../execgraph/graph.ts');
  const { measureGraph } = await import('../../execgraph/measure.ts');
  const roots = ownMessages(status).map(({ id }) => id);
  const graph = measureGraph(graphFromResults(status.messages, status.isFinished, roots));
  output.aside((paint) => formatTree(graph, { paint, columns: output.columns, utf8: speaksUtf8(env) }));
}
