import { findOnPath } from '../faasm/binaries.ts';
import { type ChildOptions, runChild } from '../process/child.ts';
import type { DebugInfoFound, DebugInfoMissing } from '../profile/symbols/debug-info.ts';
import { type DemangleBatch, demangledNames } from '../profile/symbols/demangled-names.ts';
import { symbolCacheBounds } from '../profile/symbols/symbol-cache.ts';
import type { InlinedNames } from '../stacks/inlined-calls.ts';
import { keepWithin } from '../util/run-folder.ts';
import { KeptLines } from './kept-lines.ts';
import { programKey } from './known-names.ts';
import type { Advice } from './recording-advice.ts';

interface LookupOptions extends Pick<ChildOptions, 'signal' | 'env'> {
  readonly debugInfo: (path: string) => DebugInfoFound | DebugInfoMissing;
  readonly demangle: DemangleBatch;
  /** A folder that keeps answers for later runs; without one nothing is written. */
  readonly cache: string | undefined;
  /** How long all binaries together may take. */
  readonly limitSeconds?: number;
}

/** By address (as DWARF counts): the functions there, innermost first, mangled. */
type Answers = Map<number, readonly string[]>;

const usualLimitSeconds = 30;
/** Below this share of the samples a binary without debug information is not worth a line. */
const worthALine = 0.02;
const mostNamed = 3;

/**
 * Asks `llvm-symbolizer` or, where that is missing, `addr2line` which calls the compiler put where: one process a binary, all
 * addresses on its stdin. What was answered is kept by build-id.
 */
export class InlinedCalls {
  readonly #options: LookupOptions;
  readonly #until: number;
  readonly #without: { readonly dso: string; readonly share: number }[] = [];
  readonly #late: string[] = [];
  readonly #failed: string[] = [];
  #program: Promise<string | undefined> | undefined;
  #resolved = 0;
  #isMissing = false;

  constructor(options: LookupOptions) {
    this.#options = options;
    this.#until = performance.now() + (options.limitSeconds ?? usualLimitSeconds) * 1000;
  }

  /** See `InlineFinder`. @throws Interrupted */
  find = async (dso: string, offsets: readonly number[], share: number): Promise<InlinedNames> => {
    const found = this.#options.debugInfo(dso);
    if (!found.found) {
      if (found.reason === 'no debug information') this.#without.push({ dso, share });
      return new Map();
    }
    const places = offsets.flatMap((offset) => {
      const address = found.address(offset);
      return address === undefined ? [] : [{ offset, address }];
    });
    const addresses = [...new Set(places.map(({ address }) => address))];
    const answers = await this.#answers(found, dso, addresses);
    const readable = await demangledNames([...answers.values()].flat(), this.#options.demangle);
    const names = new Map<number, readonly string[]>();
    for (const { offset, address } of places) {
      // The last one is the function that the code is in, which symbols name.
      const inlined = (answers.get(address) ?? []).slice(0, -1);
      if (inlined.length > 0)
        names.set(
          offset,
          inlined.map((name) => readable.get(name) ?? name),
        );
    }
    this.#resolved += 1;
    return names;
  };

  /** What a person should know of inlined calls that are not shown. */
  advice(): Advice[] {
    const advice: Advice[] = [];
    if (this.#isMissing) {
      advice.push({
        message: 'Inlined calls are not shown: neither llvm-symbolizer nor addr2line is on PATH',
        hints: ['sudo apt-get install binutils'],
      });
    }
    const without = this.#without.filter(({ share }) => share >= worthALine || this.#resolved === 0);
    if (without.length > 0 && !this.#isMissing) {
      const names = without.slice(0, mostNamed).map(({ dso }) => dso);
      const more = without.length > names.length ? ` and ${without.length - names.length} more` : '';
      advice.push({
        message: `No inlined calls in ${names.join(', ')}${more}: no debug information`,
        hints: ['Compile with -g (beside -O2), or install it: sudo apt-get install libc6-dbg, NAME-dbgsym'],
      });
    }
    if (this.#late.length > 0) {
      advice.push({
        message: `Looking up inlined calls took too long and was ended; some are missing in ${this.#late.join(', ')}`,
        hints: ['llvm-symbolizer is faster than addr2line: sudo apt-get install llvm'],
      });
    }
    for (const message of this.#failed) advice.push({ message, hints: [] });
    return advice;
  }

  async #answers(found: DebugInfoFound, dso: string, addresses: readonly number[]): Promise<Answers> {
    this.#program ??= symboliser();
    const program = await this.#program;
    if (program === undefined) {
      this.#isMissing = true;
      return new Map();
    }
    const { cache } = this.#options;
    const { buildId } = found;
    const kept =
      cache === undefined || buildId === undefined || !/^[0-9a-f]{8,64}$/.test(buildId)
        ? undefined
        : new KeptLines(
            cache,
            `inlined-${buildId}`,
            `inlined-1 ${programKey(program)} ${programKey(found.path)}`,
          );
    const before = kept?.read() ?? [];
    const answers: Answers = new Map(before.map(parsed));
    const unknown = addresses.filter((address) => !answers.has(address));
    if (unknown.length === 0) return answers;
    const said = await this.#ask(program, found.path, dso, unknown);
    for (const [address, names] of said) answers.set(address, names);
    if (kept !== undefined && cache !== undefined && said.size > 0) {
      kept.write(
        before,
        [...said].map(([address, names]) => [address.toString(16), ...names].join('\t')),
      );
      tidy(cache);
    }
    return answers;
  }

  async #ask(program: string, path: string, dso: string, addresses: readonly number[]): Promise<Answers> {
    const { signal, env } = this.#options;
    const left = (this.#until - performance.now()) / 1000;
    if (left <= 0) {
      this.#late.push(dso);
      return new Map();
    }
    const style = program.endsWith('addr2line') ? [] : ['--output-style=GNU'];
    const file = Buffer.from(path, 'latin1').toString('utf8');
    let text = '';
    const outcome = await runChild(
      { argv: [program, ...style, '-a', '-i', '-f', '-e', file] },
      {
        signal,
        // Nothing is fetched from debuginfod servers.
        env: { ...env, LC_ALL: 'C', DEBUGINFOD_URLS: '' },
        stdin: (stdin) => stdin.end(addresses.map((address) => `0x${address.toString(16)}\n`).join('')),
        timeoutSeconds: left,
        stdout: async (bytes) => {
          for await (const piece of bytes) text += Buffer.from(piece).toString('latin1');
        },
      },
    );
    const isWhole = outcome.exitCode === 0;
    if (outcome.timedOut) this.#late.push(dso);
    else if (!isWhole) {
      const why = outcome.tail === '' ? `exit code ${outcome.exitCode}` : outcome.tail.split('\n').at(-1);
      this.#failed.push(`Inlined calls are missing in ${dso}: ${program} failed (${why})`);
    }
    return answersIn(text, isWhole);
  }
}

/**
 * What `-a -i -f` prints: an address, then a line with a function and one with its place for each, innermost first. Of what
 * was cut off the last answer is left out.
 */
export function answersIn(text: string, isWhole: boolean): Answers {
  const answers: Answers = new Map();
  const lines = text.split('\n');
  let names: string[] | undefined;
  let last: number | undefined;
  for (let at = 0; at + 1 < lines.length; ) {
    const line = lines[at] ?? '';
    if (/^0x[0-9a-f]+$/.test(line)) {
      last = Number.parseInt(line, 16);
      names = [];
      answers.set(last, names);
      at += 1;
    } else {
      if (line !== '' && line !== '??' && !line.includes('\t')) names?.push(line);
      // llvm-symbolizer ends an answer with an empty line.
      at += line === '' ? 1 : 2;
    }
  }
  if (!isWhole && last !== undefined) answers.delete(last);
  return answers;
}

async function symboliser(): Promise<string | undefined> {
  return (await findOnPath('llvm-symbolizer')) ?? (await findOnPath('addr2line'));
}

function parsed(line: string): [number, readonly string[]] {
  const [address = '', ...names] = line.split('\t');
  return [Number.parseInt(address, 16), names];
}

function tidy(folder: string): void {
  try {
    keepWithin(folder, symbolCacheBounds);
  } catch {
    // Another run may be tidying it.
  }
}
