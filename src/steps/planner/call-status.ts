import type { CallStatus } from '../../planner/call.ts';
import type { TaskContext } from '../../runner/context.ts';
import { TaskError } from '../../util/errors.ts';
import { callLine, hasFailed, ownMessages, statusData } from './call-report.ts';
import type { ClusterArgs } from './cluster-params.ts';
import { type ClusterPlace, callPlace } from './cluster-place.ts';
import { followLive } from './follow.ts';
import { wantedCallId } from './last-call.ts';
import { askCluster, patienceMs, requestStep, statusRequests } from './requests.ts';

interface StatusArgs extends ClusterArgs {
  readonly callId: number | undefined;
  readonly wait: boolean;
  readonly timeout: number | undefined;
}

/** `invoke.status`: how a call is; fails when it did, or when the planner does not know it. */
export async function showCallStatus(args: StatusArgs, context: TaskContext): Promise<void> {
  const { output, env } = context;
  const place = await callPlace(args, context);
  const callId = await wantedCallId(args.callId, env, place);
  const asking = requestStep(place, statusRequests(place.api, callId), {
    title: `Ask for call ${callId}`,
    why: args.wait
      ? '--wait: again and again until it has ended'
      : 'the planner knows what runs, and results',
  });
  await askCluster(place, asking, context, async (cluster) => {
    const follower = followLive(`call ${callId}`, context);
    try {
      const timeoutMs = patienceMs(args.timeout);
      // A call that the planner does not know is not worth waiting for.
      const first = await cluster.status(callId);
      const isWaiting = args.wait && !first.isFinished && first.state !== 'unknown';
      const { onStatus } = follower;
      const status = isWaiting ? await cluster.wait(callId, { timeoutMs, onStatus }) : first;
      follower.stop();
      if (cluster.dialect() === 'worker' && status.isFinished) {
        const message = 'a worker tells a result once: asked again, it says RUNNING for ever';
        output.emit({ event: 'warning', message, hints: [] });
      }
      output.result(statusText(callId, status), statusData(status));
      assertGood(callId, status, place);
    } finally {
      follower.stop();
    }
  });
}

function assertGood(callId: number, { state }: CallStatus, { host, port }: ClusterPlace): void {
  if (state === 'unknown') {
    throw new TaskError(`call ${callId} is unknown to the planner at ${host}:${port}`, {
      hints: [
        'It forgets calls when it is reset, flushed or started anew.',
        'Another planner may know it: --planner-host, --planner-port',
      ],
    });
  }
  if (state === 'failed') throw new TaskError(`call ${callId} failed`);
}

/** One word for a program that looks at the first line; a line a message where there are several; what it wrote. */
function statusText(callId: number, status: CallStatus): string {
  const own = ownMessages(status);
  const [only] = own;
  const state = status.state.toUpperCase();
  if (only === undefined) return `${state} (call ${callId})`;
  if (own.length === 1 && status.isFinished) {
    const text = only.output.trimEnd();
    return [`${state}: ${callLine(only)}`, ...(text === '' ? [] : [text])].join('\n');
  }
  const lines = own.map(
    (message) => `  ${hasFailed(message, status) ? 'FAILED   ' : 'SUCCEEDED'} ${callLine(message)}`,
  );
  return [`${state} (call ${callId})`, ...lines].join('\n');
}
