import { createReadStream, existsSync } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findFaasmBinary } from '../faasm/binaries.ts';
import { type Environment, packageRoot } from '../faasm/directories.ts';
import type { FunctionFiles } from '../faasm/functions.ts';
import { MachineError, TaskError, UsageError } from '../util/errors.ts';
import type { EngineChoice } from './choices.ts';

interface CallRequest {
  readonly files: FunctionFiles;
  readonly data: string;
  /** Arguments of the function's own. */
  readonly words: readonly string[];
  readonly reps: number;
  readonly engine: EngineChoice;
  /** Where a microbenchmark's spec and result go. */
  readonly specPath: string;
  readonly resultPath: string;
}

/** A program that calls a function, ready to be started. */
export interface FunctionRunner {
  readonly engine: 'faasm' | 'embedded';
  /** For people: `func_runner from /build/faasm/bin`, `embedded microbench_runner`. */
  readonly label: string;
  /** The program with its arguments, for an embedded one with these flags for node. */
  readonly argv: (nodeFlags: readonly string[]) => string[];
  /** Text that must be in `specPath` before the start. */
  readonly spec: string | undefined;
}

/**
 * Chooses how to call a function `reps` times: one call is `func_runner`; more are one `microbench_runner` process with
 * a one-line spec, so that start-up does not drown the profile, or an older build's `simple_runner USER FUNC N`.
 *
 * @throws MachineError when `faasm` is asked for and no binary is there.
 */
export async function chooseRunner(request: CallRequest, env: Environment): Promise<FunctionRunner> {
  const { files, data, words, reps, engine } = request;
  const names =
    reps === 1 ? ['func_runner'] : ['microbench_runner', 'microbenchmark_runner', 'simple_runner'];
  // Faasm's programs read its local directory only; a demo function inside this package is out of their sight.
  const isInSight = files.origin === 'local';
  if (engine === 'faasm' || (engine === 'auto' && isInSight)) {
    for (const name of names) {
      const path = await findFaasmBinary(name, isEmbedded, env);
      if (path === undefined) continue;
      if (isInSight) return await faasmRunner(name, path, request);
      throw new UsageError(
        `${files.user}/${files.func} is a demo function of this package, which ${path} cannot see`,
        {
          hints: [
            'Copy the demo functions to where it looks: tasks setup.functions',
            'Or: --engine=embedded',
          ],
        },
      );
    }
  }
  if (engine === 'faasm') {
    throw new MachineError(`Could not find Faasm's ${names.join(' or ')} on PATH or in the build directory`, {
      hints: [`Build it: tasks dev.cc ${names[0]}`, 'Or use the built-in engine: --engine=embedded'],
    });
  }
  const name = reps === 1 ? 'func_runner' : 'microbench_runner';
  const { path } = embeddedRunner(name);
  const args =
    reps === 1
      ? [...callArgs(files, data, true), ...words.map((word) => `--arg=${word}`)]
      : [request.specPath, request.resultPath, ...afterDashes(words)];
  return {
    engine: 'embedded',
    label: `embedded ${name}`,
    argv: (nodeFlags) => [process.execPath, ...nodeFlags, path, ...args],
    spec: reps === 1 ? undefined : specLine(files, data, reps),
  };
}

async function faasmRunner(name: string, path: string, request: CallRequest): Promise<FunctionRunner> {
  const { files, data, words, reps } = request;
  const runner = { engine: 'faasm', label: `${name} from ${dirname(path)}` } as const;
  if (name === 'func_runner') {
    const args = [...(await nativeCallArgs(path, files, data)), ...(await nativeWords(path, words))];
    return { ...runner, argv: () => [path, ...args], spec: undefined };
  }
  if (words.length > 0) {
    throw new UsageError(`${path} repeats a function without arguments`, {
      hints: ['Use the built-in engine: --engine=embedded', 'Or call it once: leave out --reps'],
    });
  }
  if (name === 'simple_runner') {
    if (data !== '') {
      throw new UsageError(
        `${path} repeats a function without input, so --data cannot be given with --reps`,
        {
          hints: [
            'Build the newer runner: tasks dev.cc microbench_runner',
            'Or use the built-in engine: --engine=embedded',
          ],
        },
      );
    }
    return { ...runner, argv: () => [path, files.user, files.func, String(reps)], spec: undefined };
  }
  if (/[,\r\n]/.test(data)) {
    throw new UsageError(
      `${name} of Faasm splits its spec at every comma and line break, which --data holds`,
      {
        hints: ['Use the built-in engine: --engine=embedded'],
      },
    );
  }
  const argv = [path, request.specPath, request.resultPath];
  return { ...runner, argv: () => argv, spec: `${files.user},${files.func},${reps},${data}\n` };
}

/** What follows a native func_runner on its command line, in the form that this build of it takes. */
export async function nativeCallArgs(path: string, files: FunctionFiles, data: string): Promise<string[]> {
  return callArgs(files, data, data !== '' && (await knowsInputData(path)));
}

function callArgs(files: FunctionFiles, data: string, isNamed: boolean): string[] {
  const input = data === '' ? [] : isNamed ? [`--input-data=${data}`] : [data];
  return [files.user, files.func, ...input];
}

function afterDashes(words: readonly string[]): string[] {
  return words.length === 0 ? [] : ['--', ...words];
}

/** Faasm's func_runner takes them in one string, which it splits at blanks. @throws UsageError for what that cannot say */
async function nativeWords(path: string, words: readonly string[]): Promise<string[]> {
  if (words.length === 0) return [];
  const hints = ['Use the built-in engine: --engine=embedded'];
  if (!(await knowsInputData(path))) {
    throw new UsageError(`${path} is of before November 2022 and takes no arguments for functions`, {
      hints,
    });
  }
  const odd = words.find((word) => word === '' || word.includes(' '));
  if (odd === undefined) return [`--cmdline=${words.join(' ')}`];
  throw new UsageError(
    `Faasm's func_runner splits arguments at blanks, so ${JSON.stringify(odd)} cannot be one`,
    {
      hints,
    },
  );
}

/** How a WebAssembly file is run: what it is given, and how often. */
export interface FileCall {
  readonly path: string;
  readonly words: readonly string[];
  readonly folders: readonly { readonly path: string; readonly guest: string }[];
  readonly env: readonly string[];
  readonly invoke: string | undefined;
  readonly reps: number;
}

/** The embedded func_runner for a WebAssembly file of the user's; Faasm's own knows functions only. */
export function fileRunner({ path: wasm, words, folders, env, invoke, reps }: FileCall): FunctionRunner {
  const { path } = embeddedRunner('func_runner');
  const args = [
    `--wasm=${wasm}`,
    ...folders.map((folder) => `--dir=${folder.path}:${folder.guest}`),
    ...env.map((variable) => `--env=${variable}`),
    ...(invoke === undefined ? [] : [`--invoke=${invoke}`]),
    ...(reps === 1 ? [] : [`--reps=${reps}`]),
    ...afterDashes(words),
  ];
  return {
    engine: 'embedded',
    label: 'embedded func_runner',
    argv: (nodeFlags) => [process.execPath, ...nodeFlags, path, ...args],
    spec: undefined,
  };
}

function specLine(files: FunctionFiles, data: string, reps: number): string {
  const field = (text: string): string =>
    /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  return `${[files.user, files.func, String(reps), data].map(field).join(',')}\n`;
}

/** Newer func_runners take `--input-data`, older ones a third word; only the option's name in the binary tells. */
async function knowsInputData(path: string): Promise<boolean> {
  let carry = '';
  for await (const chunk of createReadStream(path, { encoding: 'latin1', highWaterMark: 1 << 20 })) {
    const text = carry + String(chunk);
    if (text.includes('input-data')) return true;
    carry = text.slice(-16);
  }
  return false;
}

/** True for this package's own programs, which npm puts on PATH under Faasm's names. */
export async function isEmbedded(path: string): Promise<boolean> {
  const real = await realpath(path);
  const manifest = await readFile(join(dirname(real), '..', 'package.json'), 'utf8').catch(() => '');
  return manifest.includes('"faasm-tasks"');
}

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
