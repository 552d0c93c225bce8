import { Script } from 'node:vm';
import { errnoOf } from '../util/errors.ts';

/** A function ran longer than it was allowed to. */
export class TimeLimitExceeded extends Error {}

const SLOT = Symbol.for('faasm-tasks.call');
const script = new Script('globalThis[Symbol.for("faasm-tasks.call")]()', {
  filename: 'call with a time limit',
});

/**
 * Runs `work`, and stops it after `seconds` even inside an endless WebAssembly loop. Node's watchdog thread does it: the
 * function stays on the main thread, where a profiler expects it, and nothing is added when no limit is set.
 *
 * @throws TimeLimitExceeded
 */
export function withTimeLimit<T>(seconds: number | undefined, work: () => T): T {
  if (seconds === undefined) return work();
  let result: { readonly value: T } | undefined;
  Reflect.set(globalThis, SLOT, () => {
    result = { value: work() };
  });
  try {
    script.runInThisContext({ timeout: Math.max(1, Math.round(seconds * 1000)) });
  } catch (error) {
    if (errnoOf(error) !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new TimeLimitExceeded(`stopped after ${seconds} s`);
  } finally {
    Reflect.deleteProperty(globalThis, SLOT);
  }
  if (result === undefined) throw new Error('the call ended without a result');
  return result.value;
}
