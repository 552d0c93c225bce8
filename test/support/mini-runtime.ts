import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './run.ts';

/** A build of test/programs/mini-runtime: the native runtime that looks to perf as WAVM in Faasm does. */
export interface MiniRuntime {
  /** What `FAASM_BUILD_DIR` should be. */
  readonly folder: string;
  path(program: string): string;
  /** Configures with these definitions (the others keep their values) and builds what they change. */
  configure(definitions: Readonly<Record<string, string>>): void;
  dispose(): void;
}

/** Prepares a build folder; nothing is built before the first `configure`. */
export function miniRuntime(): MiniRuntime {
  const folder = mkdtempSync(join(tmpdir(), 'mini-runtime-'));
  return {
    folder,
    path: (program) => join(folder, 'bin', program),
    configure: (definitions) => {
      const defines = Object.entries(definitions).map(([name, value]) => `-D${name}=${value}`);
      must('cmake', '-G', 'Ninja', '-S', join(root, 'test/programs/mini-runtime'), '-B', folder, ...defines);
      must('ninja', '-C', folder);
    },
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function must(program: string, ...args: string[]): void {
  const done = spawnSync(program, args, { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${program} ${args.join(' ')}:\n${done.stdout}${done.stderr}`);
}
