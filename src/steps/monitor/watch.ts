import { setTimeout as wait } from 'node:timers/promises';
import type { Sample } from '../../monitor/chart.ts';
import { MonitorError } from '../../monitor/monitor-error.ts';
import type { Sampler } from '../../monitor/sampler.ts';
import type { Away } from '../../monitor/screen.ts';

/** One look at the host, and at the program under it. */
export interface Moment {
  readonly sample: Sample;
  /** The host does not answer; its values are absent then. */
  readonly away: Away | undefined;
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
 * Looks again and again on a fixed beat, late looks skipping beats. A host that goes away is asked again at every beat.
 *
 * @throws MonitorError for what does not pass by waiting.
 */
export async function* watch(options: WatchOptions): AsyncGenerator<Moment> {
  const { sampler, intervalMs, signal } = options;
  const begin = performance.now();
  let away: Away | undefined;
  let lastMs = begin;
  const look = async (): Promise<Moment> => {
    const extra = options.extra();
    lastMs = performance.now();
    try {
      const { values } = await sampler.sample();
      away = undefined;
      return { sample: { timeMs: Date.now(), values: { ...values, ...extra } }, away };
    } catch (error) {
      if (!(error instanceof MonitorError) || !error.isPassing) throw error;
      away = { sinceMs: away?.sinceMs ?? Date.now(), why: error.message };
      return { sample: { timeMs: Date.now(), values: extra }, away };
    }
  };
  // Rates begin here.
  await look();
  for (let [done, beat] = [0, 1]; options.count === undefined || done < options.count; done += 1) {
    const elapsedMs = performance.now() - begin;
    beat = Math.max(beat, Math.ceil(elapsedMs / intervalMs + 1e-9));
    await wait(begin + beat * intervalMs - performance.now(), undefined, { signal }).catch(() => undefined);
    beat += 1;
    if (signal.aborted) break;
    yield await look();
  }
  if (options.hasLastLook() && performance.now() - lastMs >= leastLastMs) yield await look();
}
