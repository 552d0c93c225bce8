import type { CallStatus } from '../../planner/call.ts';
import type { Submitted } from '../../planner/cluster.ts';
import type { TaskContext } from '../../runner/context.ts';
import { formatDuration } from '../../util/display-text.ts';

/** Tells a person how a call goes while it goes. */
export interface Follower {
  onWaiting(elapsedMs: number): void;
  onSubmitted(submitted: Submitted): void;
  onStatus(status: CallStatus): void;
  stop(): void;
}

/** A call that ends sooner than this is not worth a line, nor the time to load what draws it. */
const FIRST_DRAWN_MS = 150;
const REDRAWN_MS = 100;
const LINE_MS = 1000;

/** One live line on a terminal, gone when the call has ended; nothing elsewhere. */
export function followLive(name: string, { output }: TaskContext): Follower {
  const started = performance.now();
  let isWaitingForSlot = false;
  let callId: number | undefined;
  let done = 0;
  let isStopped = false;
  let end = (): void => {};
  const text = (): string => {
    const known = [
      isWaitingForSlot ? 'waits for a free slot' : 'running',
      formatDuration(performance.now() - started),
      ...(done === 0 ? [] : [`${done} results`]),
      ...(callId === undefined ? [] : [`call ${callId}`]),
    ];
    return `${name}: ${known.join(', ')}`;
  };
  const draw = async (): Promise<void> => {
    const { default: ora } = await import('ora');
    if (isStopped) return;
    const stream = output.progressStream;
    const spinner = ora({ text: text(), stream, discardStdin: false, isEnabled: true }).start();
    output.setLive(true);
    const ticking = setInterval(() => {
      spinner.text = text();
    }, REDRAWN_MS);
    end = (): void => {
      clearInterval(ticking);
      spinner.stop();
      output.setLive(false);
    };
  };
  // An error of drawing must not be the end of the call.
  const timer = output.canDrawLive
    ? setTimeout(() => void draw().catch(() => undefined), FIRST_DRAWN_MS)
    : undefined;
  return {
    onWaiting: () => {
      isWaitingForSlot = true;
    },
    onSubmitted: (submitted) => {
      isWaitingForSlot = false;
      callId = submitted.callId;
    },
    onStatus: ({ messages }) => {
      done = messages.length;
    },
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
      end();
    },
  };
}

/** A line for each change of state, and one a second: what `--poll` prints. */
export function followLines(name: string, { output }: TaskContext): Follower {
  const started = performance.now();
  let said = '';
  let saidAt = Number.NEGATIVE_INFINITY;
  const say = (state: string): void => {
    const now = performance.now();
    if (state === said && now - saidAt < LINE_MS) return;
    said = state;
    saidAt = now;
    output.emit({ event: 'note', text: `${name}: ${state} (${formatDuration(now - started)})` });
  };
  return {
    onWaiting: () => say('waits for a free slot'),
    onSubmitted: ({ callId }) => say(`call ${callId}`),
    onStatus: ({ state, ownCount, isFinished }) =>
      say(isFinished || ownCount === 0 ? state.toUpperCase() : `${state.toUpperCase()}, ${ownCount} results`),
    stop: () => {},
  };
}
