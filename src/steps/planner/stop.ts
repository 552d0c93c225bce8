import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskContext } from '../../runner/context.ts';
import { errnoOf, messageOf, TaskError } from '../../util/errors.ts';
import { lockHolder } from '../../util/file-lock.ts';
import { type PlaceArgs, plannerPlace } from './planner-place.ts';
import { describeListener, whoListens } from './who-listens.ts';

const LOOK_MS = 20;
const MOST_STOPPING_MS = 5000;

/** Ends the planner that planner.start started at this address; that there is none is no failure. */
export async function stopPlanner(args: PlaceArgs, context: TaskContext): Promise<void> {
  const { output, dry, signal } = context;
  const place = await plannerPlace(args, context);
  const holder = await lockHolder(place.pidFile);
  if (holder === undefined) {
    const listener = await whoListens(place, signal);
    const other = listener.kind === 'nobody' ? '' : `; what listens there is ${describeListener(listener)}`;
    const text = `No planner of yours runs on ${place.address}${other}`;
    output.result(text, { address: place.address, stopped: false });
    return;
  }
  const { pid } = holder;
  if (dry) {
    output.emit({ event: 'command', command: { argv: ['kill', '-TERM', String(pid)] }, dry: true });
    return;
  }
  send(pid, 'SIGTERM');
  const until = performance.now() + MOST_STOPPING_MS;
  while ((await lockHolder(place.pidFile))?.pid === pid) {
    if (performance.now() > until) {
      send(pid, 'SIGKILL');
      await rm(place.pidFile, { force: true });
      break;
    }
    await sleep(LOOK_MS, undefined, { signal });
  }
  output.result(`Stopped the planner on ${place.address} (process ${pid})`, {
    address: place.address,
    stopped: true,
    pid,
  });
}

function send(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return;
    throw new TaskError(`Could not stop the planner, process ${pid}: ${messageOf(error)}`, {
      hints: ['It may be of another user.'],
      cause: error,
    });
  }
}
