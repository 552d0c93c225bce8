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

/** What `c++filt` is asked for: without parameters and with short standard names, as perf does it; and with parameters. */
const plainFlags = ['-p', '-i'] as const;
const wholeFlags = ['-i'] as const;

/**
 * Demangles many names through one `c++filt`, as perf does it: without parameters, short standard names. Functions that differ in
 * their parameters only keep them, or they would be one. What it said is kept in the folder `cache` for later runs: starting a
 * program takes longer than reading a small recording.
 */
export class Demangler {
  readonly #signal: AbortSignal;
  readonly #cache: string | undefined;
  #program: Promise<string | undefined> | undefined;
  readonly #known = new Map<string, KnownNames>();
  /** The mangled name behind each readable one, of all batches. */
  readonly #firstOf = new Map<string, string>();
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
    this.#knownTo(program, plainFlags);
    this.#waiting ??= await startFilter(program, plainFlags, this.#signal);
  }

  /** Readable names in the same order; names that cannot be read stay. */
  readonly batch: DemangleBatch = async (names) => {
    const program = names.length === 0 ? undefined : await this.#find();
    if (program === undefined) return names;
    const plain = await this.#readable(program, plainFlags, names);
    const alike = this.#alike(names, plain);
    if (alike.length === 0) return plain;
    const whole = await this.#readable(program, wholeFlags, alike);
    const parameters = new Map(alike.map((name, i) => [name, whole[i] ?? name]));
    return names.map((name, i) => {
      const short = plain[i] ?? name;
      const long = parameters.get(name);
      return long === undefined ? short : withParameters(short, long);
    });
  };

  /** The names among these that read like another name, here or in an earlier batch. */
  #alike(names: readonly string[], plain: readonly string[]): string[] {
    const alike = new Set<string>();
    names.forEach((name, i) => {
      const text = plain[i] ?? name;
      const first = this.#firstOf.get(text);
      if (first === undefined) this.#firstOf.set(text, name);
      else if (first !== name) alike.add(first).add(name);
    });
    return names.filter((name) => alike.has(name));
  }

  async #readable(
    program: string,
    flags: readonly string[],
    names: readonly string[],
  ): Promise<readonly string[]> {
    const known = this.#knownTo(program, flags);
    const unknown = known === undefined ? names : names.filter((name) => known.get(name) === undefined);
    const said = unknown.length === 0 ? [] : await this.#ask(program, flags, unknown);
    if (said.length !== unknown.length) return names;
    if (unknown.length > 0) known?.keep(unknown, said);
    const fresh = new Map(unknown.map((name, i) => [name, said[i] ?? name]));
    return names.map((name) => fresh.get(name) ?? known?.get(name) ?? name);
  }

  /** Ends a program that nobody asked. */
  close(): void {
    this.#waiting?.ask([]).catch(() => undefined);
    this.#waiting = undefined;
  }

  async #find(): Promise<string | undefined> {
    this.#program ??= findOnPath('c++filt');
    return await this.#program;
  }

  #knownTo(program: string, flags: readonly string[]): KnownNames | undefined {
    if (this.#cache === undefined) return undefined;
    const key = flags.join('');
    const known = this.#known.get(key) ?? new KnownNames(this.#cache, program, key);
    this.#known.set(key, known);
    return known;
  }

  async #ask(
    program: string,
    flags: readonly string[],
    names: readonly string[],
  ): Promise<readonly string[]> {
    const ready = flags === plainFlags ? this.#waiting : undefined;
    if (ready !== undefined) this.#waiting = undefined;
    return await (ready ?? (await startFilter(program, flags, this.#signal))).ask(names);
  }
}

/** `f` and `int f(int) const` as `f(int) const`: what perf's name leaves out behind it. */
function withParameters(plain: string, whole: string): string {
  const start = whole.indexOf(plain);
  return start < 0 ? whole : whole.slice(start);
}

/** A `c++filt` that runs. */
interface Filter {
  /** Once. */
  ask(names: readonly string[]): Promise<readonly string[]>;
}

async function startFilter(program: string, flags: readonly string[], signal: AbortSignal): Promise<Filter> {
  const { execa } = await import('execa');
  const child = execa(program, [...flags], {
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
