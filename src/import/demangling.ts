import { findOnPath } from '../faasm/binaries.ts';
import type { DemangleBatch } from '../profile/symbols/demangled-names.ts';
import { type Demangle, mangledNames } from '../wasm/function-symbols.ts';
import type { WasmModule } from '../wasm/wasm-module.ts';
import { KnownNames } from './known-names.ts';

/**
 * A demangler for one module's C++ and Rust names: all of them through one `c++filt`. Where that is missing, names stay
 * as they are (wasm-ld has demangled most of them already).
 */
export async function demanglerFor(module: WasmModule, signal: AbortSignal): Promise<Demangle> {
  const names = mangledNames(module).filter((name) => !/[\r\n]/.test(name));
  const readable = await new Demangler(signal).batch(names);
  if (readable.length !== names.length) return (name) => name;
  const byName = new Map(names.map((name, at) => [name, readable[at] ?? name]));
  return (name) => byName.get(name) ?? name;
}

/**
 * Demangles many names through one `c++filt`, as perf does it: without parameters, short standard names. What it said is
 * kept in the folder `cache` for later runs: starting a program takes longer than reading a small recording.
 */
export class Demangler {
  readonly #signal: AbortSignal;
  readonly #cache: string | undefined;
  #program: Promise<string | undefined> | undefined;
  #known: KnownNames | undefined;
  /** Started, and not asked yet. */
  #waiting: Filter | undefined;

  constructor(signal: AbortSignal, cache?: string) {
    this.#signal = signal;
    this.#cache = cache;
  }

  /** Reads what is known and starts the program, while there is time to spare. {@link close} ends it. */
  async getReady(): Promise<void> {
    const program = await this.#find();
    if (program === undefined) return;
    this.#knownTo(program);
    this.#waiting ??= await startFilter(program, this.#signal);
  }

  /** Readable names in the same order; names that cannot be read stay. */
  readonly batch: DemangleBatch = async (names) => {
    const program = names.length === 0 ? undefined : await this.#find();
    if (program === undefined) return names;
    const known = this.#knownTo(program);
    const unknown = known === undefined ? names : names.filter((name) => known.get(name) === undefined);
    const said = unknown.length === 0 ? [] : await this.#ask(program, unknown);
    if (said.length !== unknown.length) return names;
    if (unknown.length > 0) known?.keep(unknown, said);
    const fresh = new Map(unknown.map((name, i) => [name, said[i] ?? name]));
    return names.map((name) => fresh.get(name) ?? known?.get(name) ?? name);
  };

  /** Ends a program that nobody asked. */
  close(): void {
    this.#waiting?.ask([]).catch(() => undefined);
    this.#waiting = undefined;
  }

  async #find(): Promise<string | undefined> {
    this.#program ??= findOnPath('c++filt');
    return await this.#program;
  }

  #knownTo(program: string): KnownNames | undefined {
    if (this.#cache !== undefined) this.#known ??= new KnownNames(this.#cache, program);
    return this.#known;
  }

  async #ask(program: string, names: readonly string[]): Promise<readonly string[]> {
    const filter = this.#waiting ?? (await startFilter(program, this.#signal));
    this.#waiting = undefined;
    return await filter.ask(names);
  }
}

/** A `c++filt` that runs. */
interface Filter {
  /** Once. */
  ask(names: readonly string[]): Promise<readonly string[]>;
}

async function startFilter(program: string, signal: AbortSignal): Promise<Filter> {
  const { execa } = await import('execa');
  const child = execa(program, ['-p', '-i'], {
    cancelSignal: signal,
    reject: false,
    stripFinalNewline: true,
  });
  return {
    ask: async (names) => {
      // One that has ended already says nothing, which is what counts.
      child.stdin.on('error', () => undefined);
      child.stdin.end(names.map((name) => `${name}\n`).join(''));
      const { stdout } = await child;
      return stdout.split('\n');
    },
  };
}
