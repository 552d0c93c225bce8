import { functionName } from '../faasm/functions.ts';
import { TaskError } from '../util/errors.ts';
import { describedFrames, describeFailure } from './failure.ts';
import { GuestFault, GuestMemory } from './guest-memory.ts';
import { type CurrentCall, faasmCalls, linkImports, memoryHost } from './host/faasm-calls.ts';
import { fileImports } from './host/file-imports.ts';
import { stateHost } from './host/state-calls.ts';
import type { GuestInput } from './host/streams.ts';
import { GuestExit, type GuestOutput, type GuestWorld, wasiHost } from './host/wasi.ts';
import { ENTRY_POINT, type PreparedFunction } from './prepared-function.ts';
import type { StateStore } from './state-store.ts';

/** What a function is called with. */
export interface CallRequest {
  readonly input: Uint8Array;
  /** Arguments for `argv`, after the program's own name. */
  readonly args: readonly string[];
  /** A function pointer to call instead of the entry point. */
  readonly pointer?: number;
  /** An export to call instead of the entry point, with numbers; the output is what it returns. */
  readonly invoke?: { readonly name: string; readonly args: readonly (number | bigint)[] };
}

/** How a call ended; `failure` says why a call that did not come to its own end failed. */
export interface CallResult {
  readonly returnValue: number;
  readonly output: Uint8Array;
  readonly failure: string | undefined;
}

/** What a function needs from the process around it. */
export interface CallHost {
  readonly state: StateStore;
  readonly output: GuestOutput;
  readonly warn: (message: string) => void;
  /** What a program in a file has of this machine. */
  readonly world?: GuestWorld | undefined;
  /** What a function reads from standard input. */
  readonly stdin?: GuestInput | undefined;
  /** Begins another call and gives its number. It may run to its end at once, or elsewhere meanwhile. */
  readonly chain: (from: CurrentCall, request: CallRequest & { readonly name?: string }) => number;
  /** Waits for the call to end; undefined for one that was never made. */
  readonly resultOf: (call: number) => CallResult | undefined;
}

const encoder = new TextEncoder();
const PROGRAM_NAME = 'function.wasm';
/** The environment of a function in Faasm (src/wasm/WasmEnvironment.cpp). */
const ENVIRONMENT = [
  'MKL_NUM_THREADS=1',
  'OPENBLAS_NUM_THREADS=1',
  'PYTHONHASHSEED=0',
  'PYTHONHOME=/',
  'PYTHONNOUSERSITE=on',
  'PYTHONWASM=1',
  'PYTHON_PATH=/',
];

/** A fresh image of a function: its own memory, globals and tables, good for one call. */
export interface FunctionImage {
  readonly exports: WebAssembly.Instance['exports'];
  /** Undefined for a module that neither exports nor imports one. */
  readonly memory: WebAssembly.Memory | undefined;
}

/**
 * A function with everything it imports, which all of its images share: one call runs at a time, or inside another one
 * that waits for it, so the host functions work for the call that was entered last.
 */
export class LinkedFunction {
  readonly #prepared: PreparedFunction;
  readonly #memory = new GuestMemory();
  readonly #imports: WebAssembly.Imports;
  readonly #wasi: ReturnType<typeof wasiHost>;
  readonly #state: ReturnType<typeof stateHost>;
  readonly #breaks: ReturnType<typeof memoryHost>;
  #args: readonly string[] = [];
  #call: CurrentCall;
  #exports: FunctionImage['exports'] = {};

  /** @throws TaskError for a missing import. */
  constructor(prepared: PreparedFunction, host: CallHost) {
    const { user, func } = prepared;
    const memory = this.#memory;
    this.#prepared = prepared;
    this.#call = { user, func, input: new Uint8Array(), output: new Uint8Array() };
    this.#state = stateHost(host.state, memory, () => user);
    this.#breaks = memoryHost(memory);
    this.#wasi = wasiHost({
      args: () => [host.world?.programName ?? PROGRAM_NAME, ...this.#args],
      env: host.world?.env ?? ENVIRONMENT,
      world: host.world,
      stdin: host.stdin,
      output: host.output,
      memory,
    });
    const faasm = faasmCalls({
      memory,
      call: () => this.#call,
      backtrace: () => describedFrames(new Error('backtrace').stack ?? '', prepared),
      print: (text) => host.output.stdout(encoder.encode(text)),
      warn: host.warn,
    });
    const env: Readonly<Record<string, WebAssembly.ImportValue>> = {
      ...(host.world === undefined ? {} : fileImports(memory)),
      ...faasm,
      ...this.#chainCalls(host),
      ...this.#breaks.imports,
      ...this.#state.imports,
    };
    const offered = {
      env,
      wasi_snapshot_preview1: this.#wasi.imports,
      ...(host.world === undefined ? {} : { wasi_unstable: this.#wasi.unstable }),
    };
    this.#imports = linkImports(functionName(prepared), prepared.imports, offered, {
      isFile: host.world !== undefined,
      hasMemory: givesMemory(prepared),
    });
  }

  /** @throws TaskError when there is no memory for it, or its start function fails. */
  instantiate(): FunctionImage {
    const before = this.#memory.swap(undefined);
    try {
      const { imports, given } = this.#importsOfImage();
      const { exports } = new WebAssembly.Instance(this.#prepared.module, imports);
      const memory = exports['memory'] ?? given;
      if (memory !== undefined && !(memory instanceof WebAssembly.Memory)) {
        throw new Error('its export "memory" is not a memory');
      }
      return { exports, memory };
    } catch (error) {
      throw new TaskError(describeFailure(error, this.#prepared, 0), { cause: error });
    } finally {
      this.#memory.swap(before);
    }
  }

  /** With a memory of its own for a module that imports one. */
  #importsOfImage(): { imports: WebAssembly.Imports; given: WebAssembly.Memory | undefined } {
    const { importedMemory, imports } = this.#prepared;
    const wanted = imports.find(({ kind }) => kind === 'memory');
    if (wanted === undefined || importedMemory === undefined || !givesMemory(this.#prepared)) {
      return { imports: this.#imports, given: undefined };
    }
    const { minimum: initial, maximum } = importedMemory;
    const given = new WebAssembly.Memory({ initial, ...(maximum === undefined ? {} : { maximum }) });
    const { module, name } = wanted;
    const others = this.#imports[module] ?? {};
    return { imports: { ...this.#imports, [module]: { ...others, [name]: given } }, given };
  }

  /** Calls an image, once. A failure of the function is a result, never thrown. */
  run(image: FunctionImage, { input, args, pointer, invoke }: CallRequest): CallResult {
    const leave = this.#enter(image, input, args);
    let returnValue = 0;
    let failure: string | undefined;
    try {
      if (invoke !== undefined) this.#call.output = this.#invoke(invoke);
      else returnValue = pointer === undefined ? this.#start() : this.#callPointer(pointer, input);
      this.#state.flush();
    } catch (error) {
      if (error instanceof GuestExit) {
        returnValue = error.code;
        this.#state.flush();
      } else {
        returnValue = 1;
        failure = describeFailure(error, this.#prepared, this.#fullMemoryBytes());
      }
    }
    const output = returnValue === 0 ? this.#call.output : encoder.encode(callFailed(returnValue));
    leave();
    return { returnValue, output, failure };
  }

  #enter({ exports, memory }: FunctionImage, input: Uint8Array, args: readonly string[]): () => void {
    const before = { call: this.#call, args: this.#args, exports: this.#exports };
    const memoryBefore = this.#memory.swap(memory);
    const leaves = [
      ...(memory === undefined ? [] : [this.#wasi.enter(memory)]),
      this.#state.enter(),
      this.#breaks.enter(),
    ];
    this.#call = { user: before.call.user, func: before.call.func, input, output: new Uint8Array() };
    this.#args = args;
    this.#exports = exports;
    return () => {
      for (const leave of leaves) leave();
      this.#memory.swap(memoryBefore);
      this.#call = before.call;
      this.#args = before.args;
      this.#exports = before.exports;
    };
  }

  #start(): number {
    this.#initialise(this.#prepared.needsConstructors);
    this.#export(ENTRY_POINT)();
    return 0;
  }

  /** A reactor is initialised first; results are printed a line each. */
  #invoke({ name, args }: NonNullable<CallRequest['invoke']>): Uint8Array {
    const initialise = this.#exports['_initialize'] ?? this.#exports['__wasm_call_ctors'];
    if (isFunction(initialise) && name !== '_initialize') initialise();
    const returned = this.#export(name)(...args);
    const values: readonly unknown[] = Array.isArray(returned) ? returned : [returned];
    const lines = values.filter((value) => value !== undefined).map((value) => `${resultText(value)}\n`);
    return encoder.encode(lines.join(''));
  }

  /** What Faasm does when it binds a module: constructors, then the function's own zygote. */
  #initialise(needsConstructors: boolean): void {
    const zygote = this.#exports['_faasm_zygote'];
    const constructors = this.#exports['__wasm_call_ctors'];
    if (isFunction(constructors) && (needsConstructors || zygote !== undefined)) constructors();
    if (!isFunction(zygote)) return;
    const result = zygote();
    if (result !== 0) throw new GuestFault(`has a zygote, which failed with ${String(result)}`);
  }

  /** Faasm's rule: a function with one parameter gets the input as a number. */
  #callPointer(pointer: number, input: Uint8Array): number {
    const table = this.#exports[this.#prepared.tableExport ?? ''];
    const found =
      table instanceof WebAssembly.Table && pointer < table.length ? table.get(pointer) : undefined;
    if (!isFunction(found)) throw new GuestFault(`chained the function pointer ${pointer}, which is none`);
    if (found.length > 1) throw new GuestFault(`chained a function pointer with ${found.length} parameters`);
    this.#initialise(true);
    const args = found.length === 0 ? [] : [Number.parseInt(new TextDecoder().decode(input), 10) || 0];
    const result = found(...args);
    return typeof result === 'number' ? result : 0;
  }

  #export(name: string): (...args: unknown[]) => unknown {
    const found = this.#exports[name];
    if (!isFunction(found)) throw new GuestFault(`has no function ${name}`);
    return found;
  }

  #chainCalls(host: CallHost) {
    const memory = this.#memory;
    const chain = (inputAt: number, length: number, target: { name?: string; pointer?: number }): number => {
      const input = length === 0 ? new Uint8Array() : memory.copy(inputAt, length);
      this.#state.flush();
      const id = host.chain(this.#call, { ...target, input, args: this.#args });
      this.#state.refresh();
      return id;
    };
    const resultOf = (call: number): CallResult => {
      this.#state.flush();
      const found = host.resultOf(call);
      this.#state.refresh();
      if (found !== undefined) return found;
      host.warn(`${this.#call.user}/${this.#call.func} awaits the call ${call >>> 0}, which it never made`);
      return { returnValue: 1, output: new Uint8Array(), failure: undefined };
    };
    return {
      __faasm_chain_name: (nameAt: number, inputAt: number, length: number) =>
        chain(inputAt, length, { name: memory.text(nameAt) }),
      __faasm_chain_ptr: (pointer: number, inputAt: number, length: number) =>
        chain(inputAt, length, { pointer }),
      __faasm_await_call: (call: number) => resultOf(call).returnValue,
      /** `output` is a `char **`: the bytes are put into memory of the function's own malloc where it exports one. */
      __faasm_await_call_output: (call: number, outputAt: number, lengthAt: number) => {
        const { returnValue, output } = resultOf(call);
        const address = this.#allocate(output.length);
        memory.bytes(address, output.length).set(output);
        memory.setUint32(outputAt, address);
        memory.setUint32(lengthAt, output.length);
        return returnValue;
      },
    };
  }

  #allocate(length: number): number {
    const malloc = this.#exports['malloc'];
    const address = isFunction(malloc) ? malloc(length + 1) : this.#memory.grow(length + 1);
    if (typeof address !== 'number' || address === 0) {
      throw new GuestFault(`awaited an output of ${length} bytes, but its memory is full`);
    }
    return address >>> 0;
  }

  /** The memory's size when it cannot grow by an eighth, else 0. */
  #fullMemoryBytes(): number {
    if (!this.#memory.isThere) return 0;
    const { sizeBytes } = this.#memory;
    return this.#memory.grow(Math.max(1, sizeBytes / 8)) === undefined ? sizeBytes : 0;
  }
}

function isFunction(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === 'function';
}

/** A number as text; what stands behind a reference nobody can print. */
function resultText(value: unknown): string {
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : `a ${typeof value}`;
}

/** Whether the host can make the memory that the module imports. */
function givesMemory({ importedMemory }: PreparedFunction): boolean {
  return importedMemory !== undefined && !importedMemory.isShared && !importedMemory.is64;
}

/** What Faasm gives as the output of a call that failed. */
export function callFailed(returnValue: number): string {
  return `Call failed (return value=${returnValue})`;
}
