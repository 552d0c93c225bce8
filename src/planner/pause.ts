import { Interrupted } from '../util/errors.ts';

/** Waits, unless interrupted. @throws Interrupted as soon as the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new Interrupted());
      return;
    }
    const interrupt = () => {
      clearTimeout(timer);
      reject(new Interrupted());
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', interrupt);
      resolve();
    }, ms);
    signal.addEventListener('abort', interrupt, { once: true });
  });
}

/** Growing pauses between tries that meet others' tries: half fixed, half chance. */
export function backoffMs(tries: number, firstMs: number, mostMs: number): number {
  const full = Math.min(mostMs, firstMs * 2 ** tries);
  return full / 2 + (Math.random() * full) / 2;
}
