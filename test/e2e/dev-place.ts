import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Outcome, root, run, type Sandbox, sandbox } from '../support/run.ts';

export const programs = join(root, 'test', 'programs');
/** Checkouts: one with the options of a current Faasm, one that knows FAASM_PERF_PROFILING. */
export const newest = join(programs, 'faasm-like', 'newest');
export const knowsPerf = join(programs, 'faasm-like', 'knows-perf');

type Variables = Readonly<Record<string, string | undefined>>;

/** A sandbox to build in. */
export interface DevPlace extends Sandbox {
  /** The build directory; not there yet. */
  readonly build: string;
  /** What `dev` runs in: nothing of the machine's own settings, stand-ins instead of the native runtime. */
  readonly variables: Variables;
  /** Runs `tasks` in a checkout. */
  dev(argv: readonly string[], checkout?: string, more?: Variables): Promise<Outcome>;
  /** Makes a checkout of its own, with these files. */
  checkout(files: Readonly<Record<string, string>>): Promise<string>;
}

export async function devPlace(): Promise<DevPlace> {
  const box = await sandbox();
  const build = join(box.cwd, 'build');
  const variables = {
    ...box.env,
    FAASM_BUILD_DIR: build,
    FAASM_INSTALL_DIR: join(box.cwd, 'install'),
    FAASM_LIKE_SMALL: '1',
    CC: undefined,
    CXX: undefined,
    LLVM_DIR: undefined,
    CMAKE_GENERATOR: undefined,
  };
  return {
    ...box,
    build,
    variables,
    dev: async (argv, cwd = newest, more = {}) => await run(argv, { cwd, env: { ...variables, ...more } }),
    checkout: async (files) => {
      const folder = box.file('faasm');
      await mkdir(folder, { recursive: true });
      const all = { VERSION: '0.29.0\n', ...files };
      for (const [name, text] of Object.entries(all)) await writeFile(join(folder, name), text);
      return folder;
    },
  };
}

/** The events of a run with --json. */
export function events(outcome: Outcome): Record<string, unknown>[] {
  return outcome.stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}

/** A CMakeLists.txt that makes its folder a checkout. */
export function cmakeLists(rest: string, minimum = '3.18'): string {
  return `cmake_minimum_required(VERSION ${minimum})\nproject(faasm CXX)\n${rest}\n`;
}
