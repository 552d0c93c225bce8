import { type ChildProcess, spawn } from 'node:child_process';
import { fstatSync, ftruncateSync } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EmbeddedPlanner, startEmbeddedPlanner } from '../../planner/embedded/embedded-planner.ts';
import { isLoopback } from '../../planner/embedded/http-server.ts';
import type { Command } from '../../process/child.ts';
import { runSteps, type Step } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { errnoOf, messageOf, TaskError, UsageError } from '../../util/errors.ts';
import { lockHolder, takeLock } from '../../util/file-lock.ts';
import {
  describeListener,
  type LocalPlanner,
  localPlanner,
  type PlaceArgs,
  whoListens,
} from './local-planner.ts';

interface StartArgs extends PlaceArgs {
  readonly hosts: number;
  readonly slots: number;
  readonly callTimeout: number;
  readonly background: boolean;
  /** Standard error is the planner's own log file, which must not grow for ever. */
  readonly ownLog: boolean;
}

const STDERR = 2;
const MOST_LOG_BYTES = 16 * 1024 * 1024;
const LOG_LOOK_MS = 10_000;
const MOST_THREADS = 256;
const LOOK_MS = 20;
const MOST_STARTING_MS = 20_000;
const LOG_TAIL_LINES = 12;

/** `planner.start`: runs a planner until Ctrl-C, or starts one that goes on when this task has ended. */
export async function startPlanner(args: StartArgs, context: TaskContext): Promise<void> {
  const place = await localPlanner(args, context);
  checkSize(args, place);
  await refuseSecond(place);
  const { hosts, slots } = args;
  const what = `${counted(hosts, 'host')} with ${counted(slots, 'slot')}`;
  const files = [place.pidFile, ...(args.background ? [place.logFile] : [])];
  const start: Step = {
    title: `Start a planner on ${place.address}: ${what}`,
    why: args.background ? '--background: it goes on when this task has ended' : 'it runs until Ctrl-C',
    outputs: files,
    commands: args.background ? [{ argv: backgroundLine(args, place) }] : [],
    foreground: true,
  };
  await runSteps([start], context, async (step) => {
    await step(
      start,
      async () => await (args.background ? startInBackground : runPlanner)(args, place, what, context),
    );
  });
}

function checkSize({ hosts, slots }: StartArgs, { host }: LocalPlanner): void {
  if (!isLoopback(host)) {
    throw new UsageError(
      `The embedded planner does not listen on ${host}: it runs functions for everybody who can reach it`,
      {
        hints: [
          'Listen on this machine alone: tasks planner.start --planner-host=127.0.0.1',
          'For other machines use a Faasm cluster; see docs/planner.md',
        ],
      },
    );
  }
  if (hosts * slots <= MOST_THREADS) return;
  throw new UsageError(
    `${hosts} hosts with ${slots} slots are ${hosts * slots} threads: at most ${MOST_THREADS} are possible`,
  );
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

async function runPlanner(
  args: StartArgs,
  place: LocalPlanner,
  what: string,
  { env, signal, output }: TaskContext,
): Promise<void> {
  const log = (message: string): void => output.emit({ event: 'warning', message, hints: [] });
  const planner = await listen(args, place, { env, log }, signal);
  const trimming = args.ownLog ? setInterval(trimLog, LOG_LOOK_MS) : undefined;
  try {
    const lock = await takeLock(place.pidFile);
    if (!('release' in lock)) throw alreadyRuns(place, lock.pid);
    try {
      const next = [
        `The planner listens on ${place.address}: ${what}. Ctrl-C stops it.`,
        '',
        `  ${place.command('invoke', 'demo', 'fanout', '--asynch', '--graph')}`,
        `  ${place.command('invoke.exec-graph')}`,
      ];
      output.result(next.join('\n'), {
        address: place.address,
        host: place.host,
        port: place.port,
        pid: process.pid,
        hosts: args.hosts,
        slots: args.slots,
      });
      await aborted(signal);
    } finally {
      await lock.release();
    }
  } finally {
    clearInterval(trimming);
    await planner.close();
  }
  if (!output.isQuiet && !output.json) output.result('The planner has stopped', {});
}

async function listen(
  { hosts, slots, callTimeout }: StartArgs,
  place: LocalPlanner,
  rest: Pick<TaskContext, 'env'> & { readonly log: (text: string) => void },
  signal: AbortSignal,
): Promise<EmbeddedPlanner> {
  const { host, port } = place;
  try {
    return await startEmbeddedPlanner({ host, port, hosts, slots, callTimeoutSeconds: callTimeout, ...rest });
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'EADDRINUSE') {
      await refuseSecond(place);
      throw new TaskError(
        `${place.address} is taken by ${describeListener(await whoListens(place, signal))}`,
        {
          hints: [
            `Take another port: tasks planner.start --planner-port=${port === 65_535 ? 8081 : port + 1}`,
            'See whose it is: ss -ltnp',
          ],
          cause: error,
        },
      );
    }
    if (code === undefined) throw error;
    throw new TaskError(`Could not listen on ${place.address}: ${messageOf(error)}`, {
      hints: code === 'EACCES' ? ['Ports below 1024 need root: --planner-port=8080'] : [],
      cause: error,
    });
  }
}

async function refuseSecond(place: LocalPlanner): Promise<void> {
  const holder = await lockHolder(place.pidFile);
  if (holder !== undefined) throw alreadyRuns(place, holder.pid);
}

function alreadyRuns(place: LocalPlanner, pid: number): TaskError {
  return new TaskError(`A planner runs on ${place.address} already: process ${pid}`, {
    hints: [`Use it: ${place.command('planner.status')}`, `or stop it: ${place.command('planner.stop')}`],
  });
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** What was logged long ago goes; the file is written by appending, so that it begins anew. */
function trimLog(): void {
  const found = fstatSync(STDERR);
  if (found.isFile() && found.size > MOST_LOG_BYTES) ftruncateSync(STDERR);
}

/** What starts the same planner in the foreground, as a process of its own. */
function backgroundLine(args: StartArgs, place: LocalPlanner): Command['argv'] {
  const [, program = 'tasks'] = process.argv;
  return [
    process.execPath,
    ...process.execArgv,
    program,
    'planner.start',
    `--planner-host=${place.host}`,
    `--planner-port=${place.port}`,
    `--hosts=${args.hosts}`,
    `--slots=${args.slots}`,
    `--call-timeout=${args.callTimeout}`,
    '--own-log',
  ];
}

/** Starts a planner as a process of its own session and comes back when it answers. */
async function startInBackground(
  args: StartArgs,
  place: LocalPlanner,
  _what: string,
  { output, env, cwd, signal }: TaskContext,
): Promise<void> {
  await makeFolder(place);
  // Emptied, then appended to: the log is of this planner alone, and can be cut while it runs.
  await (await open(place.logFile, 'w', 0o600)).close();
  const log = await open(place.logFile, 'a');
  const [file, ...rest] = backgroundLine(args, place);
  const child = spawn(file, rest, {
    cwd,
    env: { ...env, NO_COLOR: '1' },
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  try {
    await answers(child, place, signal);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    await log.close();
  }
  child.unref();
  const { hosts, slots } = args;
  const text = [
    `The planner listens on ${place.address}: process ${child.pid}, log ${place.logFile}`,
    '',
    `  ${place.command('invoke', 'demo', 'fanout', '--asynch', '--graph')}`,
    `  ${place.command('invoke.exec-graph')}`,
    `  ${place.command('planner.stop')}`,
  ];
  const { address, host, port, logFile } = place;
  output.result(text.join('\n'), { address, host, port, pid: child.pid, hosts, slots, log: logFile });
}

async function makeFolder({ logFile }: LocalPlanner): Promise<void> {
  const folder = dirname(logFile);
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw new TaskError(`Could not make the folder for the planner's log, ${folder}: ${messageOf(error)}`, {
      hints: ['Name another one: XDG_STATE_HOME=/tmp/state tasks planner.start --background'],
      cause: error,
    });
  });
}

/** Waits until the child holds the pid file, which it takes once it listens, and answers. */
async function answers(child: ChildProcess, place: LocalPlanner, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', (error) => reject(new TaskError(`Could not start the planner: ${error.message}`)));
    child.once('exit', () => reject(new Error('exited')));
  });
  const isThere = async (): Promise<void> => {
    const until = performance.now() + MOST_STARTING_MS;
    while (performance.now() < until) {
      await sleep(LOOK_MS, undefined, { signal: AbortSignal.any([signal, over.signal]) });
      const holder = await lockHolder(place.pidFile);
      if (holder?.pid === child.pid && (await whoListens(place, signal)).kind === 'planner') return;
    }
    throw new TaskError(`The planner did not answer within ${MOST_STARTING_MS / 1000} s`, {
      hints: [`Its log: ${place.logFile}`],
    });
  };
  try {
    await Promise.race([failed, isThere()]);
    child.removeAllListeners();
  } catch (error) {
    over.abort();
    if (signal.aborted) throw signal.reason;
    if (error instanceof TaskError) throw error;
    throw new TaskError('The planner ended while it started', {
      hints: [`Its log: ${place.logFile}`],
      detail: await tail(place.logFile),
    });
  }
}

async function tail(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
}
