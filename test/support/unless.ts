import type { Callback, Test } from 'uvu';

/**
 * How to register tests that need something the machine may lack: as usual when `reason` is undefined, else as skips
 * that say in the output what was skipped and why (uvu itself only counts them).
 */
export function unless<T>(
  reason: string | undefined,
  test: Test<T>,
): (name: string, run: Callback<T>) => void {
  if (reason === undefined) return (name, run) => test(name, run);
  return (name, run) => {
    process.stdout.write(`skipped: ${name} (${reason})\n`);
    test.skip(name, run);
  };
}
