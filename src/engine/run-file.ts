import { resolve } from 'node:path';
import { isatty } from 'node:tty';
import { fileFunction } from '../faasm/functions.ts';
import { ExitCode, TaskError, UsageError } from '../util/errors.ts';
import { readRegularFile } from '../util/regular-file.ts';
import { type FunctionType, functionTypes, typeText } from '../wasm/function-types.ts';
import { readWasm, type WasmModule } from '../wasm/wasm-module.ts';
import { FunctionHost } from './function-host.ts';
import type { HostFolder } from './host/host-files.ts';
import { type CallRequest, LinkedFunction } from './linked-function.ts';
import { ENTRY_POINT } from './prepared-function.ts';
import {
  bufferedOutput,
  directOutput,
  exitCodeOf,
  isProfiled,
  ProcessInput,
  say,
  TimeLimitExceeded,
  withTimeLimit,
} from './program.ts';
import { LocalStateStore } from './state-store.ts';

/** How a WebAssembly file is run, as it is typed. */
export interface FileRun {
  readonly path: string;
  /** Arguments of the program, or numbers for the export. */
  readonly args: readonly string[];
  /** `PATH` or `PATH:GUEST`. */
  readonly dirs: readonly string[];
  /** `NAME=VALUE`. */
  readonly env: readonly string[];
  readonly invoke: string | undefined;
  readonly reps: number;
  readonly timeoutSeconds: number | undefined;
}

/**
 * func_runner --wasm: a program in a file, run once or again and again in this process, each time in a fresh instance that
 * reads the same input. What it writes is all that is printed.
 *
 * @returns its exit code, or 1 for one that did not come to its end; the first that is not 0 ends the repetition
 * @throws TaskError for a file that cannot be run, with what it is
 */
export async function runFile(run: FileRun): Promise<number> {
  const { path, args, dirs, env, reps, timeoutSeconds } = run;
  const files = fileFunction(resolve(path));
  const call = callOf(run);
  const output = reps > 1 ? bufferedOutput() : { ...directOutput, flush: () => undefined };
  const host = await FunctionHost.openFiles(files, {
    env: process.env,
    output,
    warn: say,
    tagNames: isProfiled(),
    world: {
      programName: files.func,
      env,
      folders: dirs.map(folderOf),
      stdin: new ProcessInput({ keep: reps > 1 }),
      isTerminal: { stdout: isatty(1), stderr: isatty(2) },
    },
  });
  const request = { input: new Uint8Array(), args: call === undefined ? args : [], ...call };
  try {
    for (let rep = 1; rep <= reps; rep++) {
      const image = host.instantiate();
      const {
        returnValue,
        output: printed,
        failure,
      } = withTimeLimit(timeoutSeconds, () => host.run(image, request));
      if (returnValue === 0) output.stdout(printed);
      else {
        const which =
          reps > 1 ? `func_runner: ${files.func} ended with ${returnValue} in run ${rep} of ${reps}` : '';
        output.flush();
        if (which !== '') say(which);
        if (failure !== undefined) say(`func_runner: ${failure}`);
        return exitCodeOf(returnValue);
      }
    }
    return ExitCode.ok;
  } catch (error) {
    if (!(error instanceof TimeLimitExceeded)) throw error;
    say(`func_runner: ${files.func} was ${error.message}, its time limit (--timeout)`);
    return ExitCode.failed;
  } finally {
    output.flush();
  }
}

/** `PATH:GUEST`, where a path may hold colons itself as long as it is given a name. */
export function folderOf(text: string): HostFolder {
  const colon = text.lastIndexOf(':');
  return colon <= 0
    ? { path: text, guest: text }
    : { path: text.slice(0, colon), guest: text.slice(colon + 1) };
}

const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** Whatever can be known of a file before it is compiled. @throws TaskError as {@link runFile} does */
export function assertFile({ path, invoke, args }: Pick<FileRun, 'path' | 'invoke' | 'args'>): void {
  const bytes = readRegularFile(path);
  const { importedFunctions, importedMemory } = readWasm(bytes, path);
  const functions = importedFunctions.map(
    ({ module, field: name }) => ({ module, name, kind: 'function' }) as const,
  );
  const memory = { module: 'env', name: 'memory', kind: 'memory' } as const;
  const nothing = { filetype: 0, read: () => new Uint8Array() };
  const { user, func } = fileFunction(path);
  new LinkedFunction(
    {
      ...{ user, func, importedMemory, codeStart: 0, tableExport: undefined, needsConstructors: false },
      module: new WebAssembly.Module(EMPTY_MODULE),
      imports: [...functions, ...(importedMemory === undefined ? [] : [memory])],
      nameOf: () => undefined,
      placeOf: () => undefined,
    },
    {
      state: new LocalStateStore(),
      output: directOutput,
      warn: say,
      world: {
        ...{ programName: func, env: [], folders: [], stdin: nothing },
        isTerminal: { stdout: false, stderr: false },
      },
      chain: () => 0,
      resultOf: () => undefined,
    },
  );
  callOf({ path, invoke, args });
}

type Invoke = Pick<CallRequest, 'invoke'>;

/** What is called in the file: undefined for a program's own start. @throws TaskError saying what could be called */
export function callOf({
  path,
  invoke,
  args,
}: Pick<FileRun, 'path' | 'invoke' | 'args'>): Invoke | undefined {
  const bytes = readRegularFile(path);
  const module = readWasm(bytes, path);
  const types = functionTypes(bytes, module);
  if (invoke === undefined) {
    if (module.exportedFunctions.some(({ name }) => name === ENTRY_POINT)) return undefined;
    throw new TaskError(`${path} has no ${ENTRY_POINT}: it is a library, not a program`, {
      hints: callable(module, types, path),
    });
  }
  const found = module.exportedFunctions.find(({ name }) => name === invoke);
  if (found === undefined) {
    throw new UsageError(`${path} exports no function ${JSON.stringify(invoke)}`, {
      hints: callable(module, types, path),
    });
  }
  return { invoke: { name: invoke, args: numbersFor(invoke, types.get(found.index), args) } };
}

const MOST_LISTED = 12;

/** What a person could call, with types, and one whole example. */
function callable(
  { exportedFunctions }: WasmModule,
  types: ReadonlyMap<number, FunctionType>,
  path: string,
): string[] {
  const own = exportedFunctions.filter(({ name }) => !/^(_initialize|__wasm_call_ctors)$/.test(name));
  if (own.length === 0) return ['It exports no function that could be called'];
  const typed = own.map(({ name, index }) => ({ name, type: types.get(index) }));
  const listed = typed
    .slice(0, MOST_LISTED)
    .map(({ name, type }) => `${name}${type === undefined ? '' : typeText(type)}`);
  const more = own.length > MOST_LISTED ? ` and ${own.length - MOST_LISTED} more` : '';
  const [first] = typed.filter(({ type }) => type?.params.every((one) => NUMBERS.test(one)) === true);
  return [
    `It exports ${listed.join(', ')}${more}`,
    ...(first === undefined
      ? []
      : [
          `Call one of them: --invoke ${first.name}${(first.type?.params.length ?? 0) > 0 ? ` -- ${first.type?.params.map(() => '1').join(' ')}` : ''} (after ${path})`,
        ]),
  ];
}

const NUMBERS = /^[if](32|64)$/;

/** Words as the numbers that a function takes. @throws UsageError for too many, too few, or no numbers */
export function numbersFor(
  name: string,
  type: FunctionType | undefined,
  words: readonly string[],
): (number | bigint)[] {
  const signature = `${name}${type === undefined ? '' : typeText(type)}`;
  const params = type?.params ?? words.map(() => 'f64');
  const foreign = params.find((param) => !NUMBERS.test(param));
  if (foreign !== undefined) {
    throw new UsageError(`${signature} takes a ${foreign}, which cannot be written as a number`, {
      hints: ['Call it from a small program: export a function that takes numbers and calls it'],
    });
  }
  if (params.length !== words.length) {
    throw new UsageError(`${signature} takes ${params.length} numbers, ${words.length} are given`, {
      hints: [`Write them after --: --invoke ${name} -- ${params.map(() => '1').join(' ')}`],
    });
  }
  return params.map((param, at) => numberFor(param, words[at] ?? '', signature));
}

function numberFor(type: string, word: string, signature: string): number | bigint {
  const refuse = (): never => {
    throw new UsageError(`${JSON.stringify(word)} is no ${type}, which ${signature} takes`);
  };
  if (type.startsWith('f')) {
    const value = /^[-+]?(inf|infinity)$/i.test(word)
      ? word.startsWith('-')
        ? Number.NEGATIVE_INFINITY
        : Number.POSITIVE_INFINITY
      : Number(word);
    return word.trim() === '' || (Number.isNaN(value) && !/^[-+]?nan$/i.test(word)) ? refuse() : value;
  }
  const [, sign = '', digits = ''] = /^([-+]?)(\d+|0x[0-9a-f]+)$/i.exec(word) ?? [];
  if (digits === '') return refuse();
  const value = sign === '-' ? -BigInt(digits) : BigInt(digits);
  const bits = type === 'i32' ? 32n : 64n;
  if (value < -(1n << (bits - 1n)) || value >= 1n << bits) return refuse();
  return type === 'i32' ? Number(value) : value;
}
