import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stateDirectory } from '../../faasm/directories.ts';
import { loadSettings } from '../../faasm/settings.ts';
import { serverOf } from '../../planner/transport.ts';
import { runSteps, type Step } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { errnoOf, messageOf, TaskError } from '../../util/errors.ts';
import { lockHolder } from '../../util/file-lock.ts';
import { askHttp, HttpError, httpUrl } from '../../util/http.ts';
import { shellLine } from '../../util/shell-word.ts';

// The planner of this machine: where it is, what listens there, and how it is stopped.

export interface PlaceArgs {
  readonly plannerHost: string | undefined;
  readonly plannerPort: number | undefined;
}

/** An embedded planner's address, and the files that go with it. */
export interface LocalPlanner {
  readonly host: string;
  readonly port: number;
  /** `HOST:PORT` */
  readonly address: string;
  /** Holds the process id of the planner that listens there. */
  readonly pidFile: string;
  readonly logFile: string;
  /** A task's command line that means this planner, to be typed where this one was. */
  readonly command: (...argv: readonly string[]) => string;
}

/** Where a planner of this machine listens: flags, then the settings. */
export async function localPlanner(args: PlaceArgs, context: TaskContext): Promise<LocalPlanner> {
  const settings = await loadSettings(context);
  const said = args.plannerHost ?? settings.value('plannerHost');
  // `localhost` may mean ::1 as well; clients try both.
  const host = said === 'localhost' ? '127.0.0.1' : said;
  const port = args.plannerPort ?? settings.value('plannerPort');
  const stem = join(stateDirectory(context.env), `planner-${encodeURIComponent(host)}_${port}`);
  const flags = [
    ...(args.plannerHost === undefined ? [] : [`--planner-host=${args.plannerHost}`]),
    ...(args.plannerPort === undefined ? [] : [`--planner-port=${args.plannerPort}`]),
  ];
  return {
    host,
    port,
    address: httpUrl(host, port).slice('http://'.length),
    pidFile: `${stem}.pid`,
    logFile: `${stem}.log`,
    command: (...argv) => shellLine(['tasks', ...argv, ...flags]),
  };
}

const ANSWER_MS = 2000;
const MOST_BYTES = 4096;

/** What is at an address: nothing, a planner, something else that speaks HTTP, or something that does not. */
export type Listener =
  | { readonly kind: 'nobody' | 'planner' | 'silent' }
  | { readonly kind: 'http'; readonly server: string };

/** Asks an address what it is, by a question that is harmless to a planner (GET_CONFIG). */
export async function whoListens(
  { host, port }: Pick<LocalPlanner, 'host' | 'port'>,
  signal: AbortSignal,
): Promise<Listener> {
  try {
    const reply = await askHttp({
      method: 'POST',
      url: httpUrl(host, port),
      body: Buffer.from('{"http_type":"GET_CONFIG"}'),
      signal,
      totalMs: ANSWER_MS,
      mostBytes: MOST_BYTES,
      cut: true,
    });
    const isPlanner = reply.status === 200 && Buffer.from(reply.bytes).includes('"numThreadsHttpServer"');
    return isPlanner ? { kind: 'planner' } : { kind: 'http', server: serverOf(reply) };
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    return { kind: error.trouble === 'refused' ? 'nobody' : 'silent' };
  }
}

/** Says what is at an address, for a sentence like `PORT is taken by …`. */
export function describeListener(listener: Listener): string {
  switch (listener.kind) {
    case 'planner':
      return 'a planner that planner.start did not start';
    case 'http':
      return listener.server === ''
        ? 'another HTTP server'
        : `another HTTP server (${listener.server.slice(0, 60)})`;
    case 'silent':
      return 'a program that does not speak HTTP';
    default:
      return 'a program that does not answer';
  }
}

const LOOK_MS = 20;
const MOST_STOPPING_MS = 5000;

/** `planner.stop`: ends the planner that planner.start started at this address; that there is none is no failure. */
export async function stopPlanner(args: PlaceArgs, context: TaskContext): Promise<void> {
  const { output, signal } = context;
  const place = await localPlanner(args, context);
  const { address, pidFile } = place;
  const holder = await lockHolder(pidFile);
  if (holder === undefined) {
    const listener = await whoListens(place, signal);
    const other = listener.kind === 'nobody' ? '' : `; what listens there is ${describeListener(listener)}`;
    output.result(`No planner of yours runs on ${address}${other}`, { address, stopped: false });
    return;
  }
  const { pid } = holder;
  const stop: Step = {
    title: `Stop the planner on ${address}`,
    why: 'its process holds the pid file of this address',
    inputs: [pidFile],
    commands: [{ argv: ['kill', '-TERM', String(pid)] }],
    foreground: true,
  };
  await runSteps([stop], context, async (step) => {
    await step(stop, async () => await endProcess(pid, pidFile, signal));
    output.result(`Stopped the planner on ${address} (process ${pid})`, { address, stopped: true, pid });
  });
}

/** Ends a planner's process, with force where asking does not help. */
async function endProcess(pid: number, pidFile: string, signal: AbortSignal): Promise<void> {
  send(pid, 'SIGTERM');
  const until = performance.now() + MOST_STOPPING_MS;
  while ((await lockHolder(pidFile))?.pid === pid) {
    if (performance.now() > until) {
      send(pid, 'SIGKILL');
      await rm(pidFile, { force: true });
      return;
    }
    await sleep(LOOK_MS, undefined, { signal });
  }
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
