import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskContext } from '../../runner/context.ts';
import { messageOf, TaskError } from '../../util/errors.ts';
import { lockHolder } from '../../util/file-lock.ts';
import type { PlannerPlace } from './planner-place.ts';
import type { StartArgs } from './start.ts';
import { whoListens } from './who-listens.ts';

const LOOK_MS = 20;
const MOST_STARTING_MS = 20_000;
const LOG_TAIL_LINES = 12;

/** Starts a planner as a process of its own session and comes back when it answers. */
export async function startInBackground(
  args: StartArgs,
  place: PlannerPlace,
  { output, dry, env, cwd, signal }: TaskContext,
): Promise<void> {
  const [, program = 'tasks'] = process.argv;
  const argv = [
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
  if (dry) {
    output.emit({ event: 'command', command: { argv }, dry: true });
    return;
  }
  await makeFolder(place);
  // Emptied, then appended to: the log is of this planner alone, and can be cut while it runs.
  await (await open(place.logFile, 'w', 0o600)).close();
  const log = await open(place.logFile, 'a');
  const [file = '', ...words] = argv;
  const child = spawn(file, words, {
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

async function makeFolder({ logFile }: PlannerPlace): Promise<void> {
  const folder = dirname(logFile);
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw new TaskError(`Could not make the folder for the planner's log, ${folder}: ${messageOf(error)}`, {
      hints: ['Name another one: XDG_STATE_HOME=/tmp/state tasks planner.start --background'],
      cause: error,
    });
  });
}

/** Waits until the child holds the pid file, which it takes once it listens, and answers. */
async function answers(child: ChildProcess, place: PlannerPlace, signal: AbortSignal): Promise<void> {
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
