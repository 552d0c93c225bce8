import * as assert from 'uvu/assert';

/**
 * Runs it; it may take so many seconds of this process's processor time, which a busy machine hardly changes. For inputs that once took
 * minutes: the limit is many times what they take. How fast something is belongs into `benchmarks/`.
 */
export async function withinProcessorSeconds<T>(limit: number, run: () => Promise<T> | T): Promise<T> {
  const started = process.cpuUsage();
  const result = await run();
  const { user, system } = process.cpuUsage(started);
  const took = (user + system) / 1e6;
  assert.ok(took < limit, `it took ${took.toFixed(1)} s of processor time, not ${limit}`);
  return result;
}
