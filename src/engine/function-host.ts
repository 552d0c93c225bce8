import { readFileSync } from 'node:fs';
import { type Environment, type FunctionFiles, findFunction, listFunctions } from '../faasm/index.ts';
import { messageOf, TaskError } from '../util/errors.ts';
import { didYouMean } from '../util/near.ts';
import { describeFailure } from './failure.ts';
import {
  type CallRequest,
  type CallResult,
  callFailed,
  GuestInstance,
  type InstanceHost,
} from './guest-instance.ts';
import type { CurrentCall } from './host/faasm-calls.ts';
import { StateStore } from './host/state-calls.ts';
import type { GuestOutput } from './host/wasi.ts';
import { type PreparedFunction, prepareFunction } from './prepared-function.ts';

interface HostOptions {
  readonly env: Environment;
  readonly output: GuestOutput;
  readonly warn: (message: string) => void;
  readonly tagNames: boolean;
}

const DEEPEST_CHAIN = 64;

/** One node of an embedded Faasm: a function with everything it chains, the state they share, and their results. */
export class FunctionHost {
  readonly #root: PreparedFunction;
  readonly #prepared = new Map<string, PreparedFunction>();
  readonly #known: ReadonlyMap<string, FunctionFiles>;
  readonly #options: HostOptions;
  readonly #results = new Map<number, CallResult>();
  readonly #chain: string[] = [];
  readonly #host: InstanceHost;
  #lastCall = 0;

  private constructor(
    root: PreparedFunction,
    known: ReadonlyMap<string, FunctionFiles>,
    options: HostOptions,
  ) {
    this.#root = root;
    this.#known = known;
    this.#options = options;
    this.#prepared.set(`${root.user}/${root.func}`, root);
    this.#host = {
      state: new StateStore(),
      output: options.output,
      warn: options.warn,
      chain: (from, request) => this.#runChained(from, request),
      resultOf: (call) => this.#results.get(call >>> 0),
    };
  }

  /** Finds and compiles a function. @throws TaskError when it is not there or is no function. */
  static async open(user: string, func: string, options: HostOptions): Promise<FunctionHost> {
    const root = load(await findFunction(user, func, options.env), options);
    const chainsByName = root.imports.some(({ name }) => name === '__faasm_chain_name');
    const known = chainsByName ? await listFunctions(options.env) : [];
    return new FunctionHost(
      root,
      new Map(known.map((files) => [`${files.user}/${files.func}`, files])),
      options,
    );
  }

  /** A fresh image, ready for one call. @throws TaskError for a missing import, or no memory for it. */
  instantiate(): GuestInstance {
    return this.#instantiate(this.#root);
  }

  /** Runs one call from outside to its end, with everything it chains. */
  run(instance: GuestInstance, request: CallRequest): CallResult {
    this.#results.clear();
    this.#chain.push(`${this.#root.user}/${this.#root.func}`);
    try {
      return instance.run(request);
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
      return this.#instantiate(this.#prepare(name)).run(request);
    } catch (error) {
      if (!(error instanceof TaskError)) throw error;
      return failed([error.message, ...error.hints].join('\n  '));
    } finally {
      this.#chain.pop();
    }
  }

  #instantiate(prepared: PreparedFunction): GuestInstance {
    try {
      return new GuestInstance(prepared, this.#host);
    } catch (error) {
      if (error instanceof TaskError) throw error;
      throw new TaskError(describeFailure(error, prepared, 0), { cause: error });
    }
  }

  #prepare(name: string): PreparedFunction {
    const done = this.#prepared.get(name);
    if (done !== undefined) return done;
    const files = this.#known.get(name);
    if (files === undefined) {
      throw new TaskError(`There is no function ${name} to chain`, {
        hints: didYouMean(name, this.#known.keys()),
      });
    }
    const prepared = load(files, this.#options);
    this.#prepared.set(name, prepared);
    return prepared;
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
    throw new TaskError(`Could not read the function ${user}/${func}: ${messageOf(error)}`, { cause: error });
  }
}
