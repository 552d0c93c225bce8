import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));
const program = join(root, 'dist', 'tasks.js');

export interface Outcome {
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Uint8Array;
  /** Called with all output so far whenever there is more; may signal the process. */
  readonly onOutput?: (text: string, pid: number) => void;
}

/** Runs the built program as a person would: `run(['flame', 'demo', 'echo'])`. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return await runProgram([process.execPath, program, ...argv], options);
}

/** Runs any program; arguments only, never a shell. */
export async function runProgram(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC', NO_COLOR: '1', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    options.onOutput?.(stdout + stderr, child.pid ?? 0);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    options.onOutput?.(stdout + stderr, child.pid ?? 0);
  });
  // A program that does not read its input may end before it is written.
  child.stdin.on('error', () => undefined).end(options.input ?? '');
  return await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exit, signal) => resolve({ exit, signal, stdout, stderr }));
  });
}

export interface Sandbox {
  /** An empty current folder. */
  readonly cwd: string;
  /** Everything that could leak elsewhere (home, temporary files, Faasm's directories) points into the sandbox. */
  readonly env: Readonly<Record<string, string>>;
  file(name: string): string;
  /** Names of what is in the temporary folder: what a run left behind. */
  leftovers(): Promise<string[]>;
  remove(): Promise<void>;
}

/** A folder of its own for one test, with an empty HOME and TMPDIR. */
export async function sandbox(): Promise<Sandbox> {
  const base = await mkdtemp(join(tmpdir(), 'tasks-test-'));

  for (const name of ['home', 'tmp', 'cwd']) await mkdir(join(base, name));
  const cwd = join(base, 'cwd');
  return {
    cwd,
    env: {
      HOME: join(base, 'home'),
      TMPDIR: join(base, 'tmp'),
      XDG_CACHE_HOME: '',
      FAASM_LOCAL_DIR: join(base, 'faasm'),
      FAASM_BUILD_DIR: join(base, 'build'),
    },
    file: (name) => join(cwd, name),
    leftovers: async () =>
      (await readdir(join(base, 'tmp'))).filter((name) => !name.startsWith('faasm-tasks-locks')),
    remove: async () => await rm(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}
