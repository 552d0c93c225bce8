import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export interface Done {
  readonly seconds: number;
  readonly errors: string;
  /** It was ended at its time limit. */
  readonly wasCut: boolean;
}

/**
 * Runs a program to its end in `folder`, its standard output in the file `output` there.
 *
 * @throws Error for a program that fails
 */
export function timed(
  folder: string,
  [command = '', ...args]: readonly string[],
  output = 'output',
  limitSeconds?: number,
): Done {
  const stdout = openSync(join(folder, output), 'w');
  const start = performance.now();
  const child = spawnSync(command, args, {
    cwd: folder,
    stdio: ['ignore', stdout, 'pipe'],
    maxBuffer: 1 << 28,
    ...(limitSeconds === undefined ? {} : { timeout: limitSeconds * 1000, killSignal: 'SIGTERM' as const }),
  });
  const seconds = (performance.now() - start) / 1000;
  closeSync(stdout);
  const errors = child.stderr.toString('utf8');
  const wasCut = child.signal === 'SIGTERM' && limitSeconds !== undefined;
  if (child.status !== 0 && !wasCut) throw new Error(`${command} ${args.join(' ')} failed: ${errors}`);
  return { seconds, errors, wasCut };
}

/** What {@link timed} wrote. */
export function outputOf(folder: string, output = 'output'): Buffer {
  return readFileSync(join(folder, output));
}

/** Bundles a benchmark's program as it would be shipped; gives the file to run. */
export async function bundled(name: string, folder: string): Promise<string> {
  const outfile = join(folder, `${name}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL(`./${name}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
  });
  return outfile;
}
