import { readFileSync } from 'node:fs';
import type { Environment } from '../faasm/directories.ts';
import { type FunctionFiles, findFunction, functionName, listFunctions } from '../faasm/functions.ts';
import { messageOf, TaskError } from '../util/errors.ts';
import { didYouMean } from '../util/near.ts';
import type { CurrentCall } from './host/faasm-calls.ts';
import type { GuestInput } from './host/streams.ts';
import type { GuestOutput, GuestWorld } from './host/wasi.ts';
import {
  type CallHost,
  type CallRequest,
  type CallResult,
  callFailed,
  type FunctionImage,
  LinkedFunction,
} from './linked-function.ts';
import { type PreparedFunction, prepareFunction } from './prepared-function.ts';
import { LocalStateStore } from './state-store.ts';

interface HostOptions {
  readonly env: Environment;
  readonly output: GuestOutput;
  readonly warn: (message: string) => void;
  readonly tagNames: boolean;
  /** What a program in a file has of this machine. */
  readonly world?: GuestWorld;
  /** What a function reads from standard input. */
  readonly stdin?: GuestInput;
}

const DEEPEST_CHAIN = 64;

/** One node of an embedded Faasm: a function with everything it chains, the state they share, and their results. */
export class FunctionHost {
  readonly #name: string;
  readonly #root: LinkedFunction;
  readonly #linked = new Map<string, LinkedFunction>();
  readonly #known: ReadonlyMap<string, FunctionFiles>;
  readonly #options: HostOptions;
  readonly #results = new Map<number, CallResult>();
  readonly #chain: string[] = [];
  readonly #host: CallHost;
  #lastCall = 0;

  private constructor(
    root: PreparedFunction,
    known: ReadonlyMap<string, FunctionFiles>,
    options: HostOptions,
  ) {
    this.#name = functionName(root);
    this.#known = known;
    this.#options = options;
    this.#host = {
      state: new LocalStateStore(),
      output: options.output,
      warn: options.warn,
      world: options.world,
      stdin: options.stdin,
      chain: (from, request) => this.#runChained(from, request),
      resultOf: (call) => this.#results.get(call >>> 0),
    };
    this.#root = new LinkedFunction(root, this.#host);
    this.#linked.set(this.#name, this.#root);
  }

  /** Finds and compiles a function. @throws TaskError when it is not there, is no function, or lacks an import. */
  static async open(user: string, func: string, options: HostOptions): Promise<FunctionHost> {
    return await FunctionHost.openFiles(await findFunction(user, func, options.env), options);
  }

  /** The same for a function that was found already, or a file. */
  static async openFiles(files: FunctionFiles, options: HostOptions): Promise<FunctionHost> {
    const root = load(files, options);
    const chainsByName = root.imports.some(({ name }) => name === '__faasm_chain_name');
    const known = chainsByName ? await listFunctions(options.env) : [];
    return new FunctionHost(
      root,
      new Map(known.map((files) => [`${files.user}/${files.func}`, files])),
      options,
    );
  }

  /** A fresh image, ready for one call. @throws TaskError when there is no memory for it. */
  instantiate(): FunctionImage {
    return this.#root.instantiate();
  }

  /** Runs one call from outside to its end, with everything it chains. */
  run(image: FunctionImage, request: CallRequest): CallResult {
    this.#results.clear();
    this.#chain.push(this.#name);
    try {
      return this.#root.run(image, request);
    } finally {
      this.#chain.length = 0;
    }
  }

  #runChained(from: CurrentCall, request: CallRequest & { readonly name?: string }): number {
    const call = ++this.#lastCall;
    const name = `${from.user}/${request.name ?? from.func}`;
    const result = this.#chain.length >= DEEPEST_CHAIN ? this.#tooDeep(name) : this.#runInside(name, request);
    if (result.failure !== undefined) this.#options.warn(result.failure);
    this.#results.set(call, result);
    return call;
  }

  #runInside(name: string, request: CallRequest): CallResult {
    this.#chain.push(name);
    try {
      const linked = this.#link(name);
      return linked.run(linked.instantiate(), request);
    } catch (error) {
      if (!(error instanceof TaskError)) throw error;
      return failed([error.message, ...error.hints].join('\n  '));
    } finally {
      this.#chain.pop();
    }
  }

  #link(name: string): LinkedFunction {
    const done = this.#linked.get(name);
    if (done !== undefined) return done;
    const files = this.#known.get(name);
    if (files === undefined) {
      throw new TaskError(`There is no function ${name} to chain`, {
        hints: didYouMean(name, this.#known.keys()),
      });
    }
    const linked = new LinkedFunction(load(files, this.#options), this.#host);
    this.#linked.set(name, linked);
    return linked;
  }

  #tooDeep(name: string): CallResult {
    const path = this.#chain.slice(-4).join(' > ');
    return failed(
      `${name} was not called: ${DEEPEST_CHAIN} chained calls wait for each other (… ${path} > ${name})`,
    );
  }
}

function failed(failure: string): CallResult {
  return { returnValue: 1, output: new TextEncoder().encode(callFailed(1)), failure };
}

function load(files: FunctionFiles, { tagNames }: HostOptions): PreparedFunction {
  return prepareFunction(files, read(files), { tagNames });
}

function read({ user, func, wasmPath }: FunctionFiles): Uint8Array {
  try {
    return readFileSync(wasmPath);
  } catch (error) {
    throw new TaskError(`Could not read ${functionName({ user, func })}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
