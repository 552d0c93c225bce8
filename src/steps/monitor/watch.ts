import { setTimeout as wait } from 'node:timers/promises';
import type { Sample } from '../../monitor/chart.ts';
import { MonitorError } from '../../monitor/pmapi-transport.ts';
import { ProcessSampler } from '../../monitor/process-tree.ts';
import type { Sampler } from '../../monitor/sampler.ts';
import type { Outage } from '../../monitor/screen.ts';
import { type ChildOutcome, runChild } from '../../process/child.ts';
import type { TaskContext } from '../../runner/context.ts';
import type { WatchedProgram } from './monitor-request.ts';

/** One look at the host, and at the program under it. */
export interface Moment {
  readonly sample: Sample;
  /** The host does not answer; its values are absent then. */
  readonly outage: Outage | undefined;
}

export interface WatchOptions {
  readonly sampler: Sampler;
  readonly intervalMs: number;
  readonly count: number | undefined;
  /** What else is to be known at each moment. */
  readonly extra: () => Readonly<Record<string, number>>;
  /** Aborted when it is enough: one last look is taken when `hasLastLook` says so. */
  readonly signal: AbortSignal;
  readonly hasLastLook: () => boolean;
}

/** A rate over less than this says little. */
const leastLastMs = 50;

/**
 * Samples on a fixed schedule, skipping ticks that are late. A host that stops answering is asked again at every tick.
 *
 * @throws MonitorError for what does not pass by waiting.
 */
export async function* watch(options: WatchOptions): AsyncGenerator<Moment> {
  const { sampler, intervalMs, signal } = options;
  const begin = performance.now();
  let outage: Outage | undefined;
  let lastMs = begin;
  const look = async (): Promise<Moment> => {
    const extra = options.extra();
    lastMs = performance.now();
    try {
      const { values } = await sampler.sample();
      outage = undefined;
      return { sample: { timeMs: Date.now(), values: { ...values, ...extra } }, outage };
    } catch (error) {
      if (!(error instanceof MonitorError) || !error.isPassing) throw error;
      outage = { sinceMs: outage?.sinceMs ?? Date.now(), why: error.message };
      return { sample: { timeMs: Date.now(), values: extra }, outage };
    }
  };
  // Rates begin here.
  await look();
  for (let [done, tick] = [0, 1]; options.count === undefined || done < options.count; done += 1) {
    const elapsedMs = performance.now() - begin;
    tick = Math.max(tick, Math.ceil(elapsedMs / intervalMs + 1e-9));
    await wait(begin + tick * intervalMs - performance.now(), undefined, { signal }).catch(() => undefined);
    tick += 1;
    if (signal.aborted) break;
    yield await look();
  }
  if (options.hasLastLook() && performance.now() - lastMs >= leastLastMs) yield await look();
}

const pollMs = 100;

/** The program of `--during`, in a session of its own. */
export interface RunningProgram {
  /** Aborted when the program has ended, however. */
  readonly ended: AbortSignal;
  /** How it ended. @throws MachineError, Interrupted: see {@link runChild} */
  readonly outcome: Promise<ChildOutcome>;
  /** What it and its children used since the last question. */
  values(): Readonly<Record<string, number>>;
}

/** Starts a program once, and follows what its processes use. */
export function startProgram(
  { command }: WatchedProgram,
  onLine: (line: string) => void,
  signal: AbortSignal,
  { env, cwd }: TaskContext,
): RunningProgram {
  const ended = new AbortController();
  let processes: ProcessSampler | undefined;
  const poll = setInterval(() => processes?.poll(), pollMs);
  const onStart = (pid: number): void => {
    processes = new ProcessSampler(pid);
  };
  const outcome = runChild({ cwd, ...command }, { signal, env, onLine, onStart }).finally(() => {
    clearInterval(poll);
    ended.abort();
  });
  // Whoever asks for the outcome sees the failure.
  outcome.catch(() => undefined);
  return { ended: ended.signal, outcome, values: () => processes?.sample() ?? {} };
}
