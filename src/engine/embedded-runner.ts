import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../faasm/package-root.ts';
import { TaskError } from '../util/errors.ts';

export type EmbeddedRunnerName = 'func_runner' | 'func_sym' | 'microbench_runner';
/** Runs calls for the embedded planner, as a worker thread. */
type EmbeddedThreadName = 'call_thread';

/**
 * The program that stands in for one of Faasm's binaries: plain JavaScript, to be run by `node FLAGS PATH`.
 *
 * @throws TaskError in a working copy that was never built.
 */
export function embeddedRunner(name: EmbeddedRunnerName | EmbeddedThreadName): { readonly path: string } {
  const path = join(packageRoot(), 'dist', `${name}.js`);
  if (!existsSync(path)) {
    throw new TaskError(`The embedded ${name} is not there: ${path}`, { hints: ['Build it: npm run build'] });
  }
  return { path };
}

/**
 * Node's flags for a recording with perf. `--perf-prof` writes the jitdump that names V8's code; it lands in the current
 * folder, which must be private to the run. Wasm frames keep their callers without more; interpreted host functions get
 * frames of their own, where all of them would be one `InterpreterEntryTrampoline`, and optimised ones keep the calls
 * between them, or the same wasm stack would stand on a dozen different towers. Wasm is compiled as in production.
 */
export const profilingNodeFlags: readonly string[] = [
  '--perf-prof',
  '--interpreted-frames-native-stack',
  '--no-turbo-inlining',
];

/** Node's flags for V8's own profiler: `.cpuprofile` files in `folder`, one sample every `intervalUs` microseconds. */
export function samplerNodeFlags(folder: string, intervalUs: number): readonly string[] {
  return ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-interval=${intervalUs}`];
}
