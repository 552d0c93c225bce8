import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';

const quietMicroseconds = 300;
const quietTicks = 2;
const mostTicks = 200;

/** Has V8 compile nothing anew that ran often: work of a fraction of a second ends before that pays. */
export function stopOptimising(): void {
  setFlagsFromString('--max-optimized-bytecode-size=0');
}

/**
 * Waits until V8's compiler threads have nothing to do. At the end of a program Node waits for them without serving them,
 * and one that then asks for a garbage collection waits for Node: both wait for ever (nodejs/node#54918, one run in
 * hundreds of those that end right after heavy work). Here they are served.
 */
export async function yieldToCompiler(): Promise<void> {
  let before = process.cpuUsage();
  stopOptimising();
  let quiet = 0;
  for (let tick = 0; tick < mostTicks && quiet < quietTicks; tick += 1) {
    await pause(1);
    const now = process.cpuUsage();
    const used = now.user + now.system - before.user - before.system;
    quiet = used < quietMicroseconds ? quiet + 1 : 0;
    before = now;
  }
}
