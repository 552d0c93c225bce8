import { fstatSync, ftruncateSync } from 'node:fs';
import { type EmbeddedPlanner, startEmbeddedPlanner } from '../../planner/embedded/embedded-planner.ts';
import { isLoopback } from '../../planner/embedded/loopback.ts';
import type { TaskContext } from '../../runner/context.ts';
import { errnoOf, messageOf, TaskError, UsageError } from '../../util/errors.ts';
import { lockHolder, takeLock } from '../../util/file-lock.ts';
import { type PlaceArgs, type PlannerPlace, plannerPlace } from './planner-place.ts';
import { startInBackground } from './start-in-background.ts';
import { describeListener, whoListens } from './who-listens.ts';

export interface StartArgs extends PlaceArgs {
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

/** Runs a planner until Ctrl-C, or starts one that goes on when this task has ended. */
export async function startPlanner(args: StartArgs, context: TaskContext): Promise<void> {
  const place = await plannerPlace(args, context);
  if (!isLoopback(place.host)) {
    throw new UsageError(
      `The embedded planner does not listen on ${place.host}: it runs functions for everybody who can reach it`,
      {
        hints: [
          'Listen on this machine alone: tasks planner.start --planner-host=127.0.0.1',
          'For other machines use a Faasm cluster; see docs/planner.md',
        ],
      },
    );
  }
  if (args.hosts * args.slots > MOST_THREADS) {
    throw new UsageError(
      `${args.hosts} hosts with ${args.slots} slots are ${args.hosts * args.slots} threads: at most ${MOST_THREADS} are possible`,
    );
  }
  await refuseSecond(place);
  if (args.background) return await startInBackground(args, place, context);
  const what = `${args.hosts} ${args.hosts === 1 ? 'host' : 'hosts'} with ${args.slots} ${args.slots === 1 ? 'slot' : 'slots'}`;
  if (context.dry) {
    context.output.emit({ event: 'note', text: `a planner would listen on ${place.address}: ${what}` });
    return;
  }
  await runPlanner(args, place, what, context);
}

async function runPlanner(
  args: StartArgs,
  place: PlannerPlace,
  what: string,
  { env, signal, output }: TaskContext,
): Promise<void> {
  const planner = await listen(args, place, {
    env,
    log: (message) => output.emit({ event: 'warning', message, hints: [] }),
  });
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
  place: PlannerPlace,
  rest: Pick<TaskContext, "env"> & { readonly log: (text: string) => void },
  signal: AbortSignal,
): Promise<EmbeddedPlanner> {
  const { host, port } = place;
  try {
    return await startEmbeddedPlanner({ host, port, hosts, slots, callTimeoutSeconds: callTimeout, ...rest });
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'EADDRINUSE') {
      await refuseSecond(place);
      throw new TaskError(`${place.address} is taken by ${describeListener(await whoListens(place, signal))}`, {
        hints: [
          `Take another port: tasks planner.start --planner-port=${port === 65_535 ? 8081 : port + 1}`,
          'See whose it is: ss -ltnp',
        ],
        cause: error,
      });
    }
    if (code === undefined) throw error;
    throw new TaskError(`Could not listen on ${place.address}: ${messageOf(error)}`, {
      hints: code === 'EACCES' ? ['Ports below 1024 need root: --planner-port=8080'] : [],
      cause: error,
    });
  }
}

async function refuseSecond(place: PlannerPlace): Promise<void> {
  const holder = await lockHolder(place.pidFile);
  if (holder !== undefined) throw alreadyRuns(place, holder.pid);
}

function alreadyRuns(place: PlannerPlace, pid: number): TaskError {
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
