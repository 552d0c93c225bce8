import type { RecordedKernel } from '../symbols/kernel-symbols.ts';
import type { SymbolsFound, SymbolTable } from '../symbols/symbol-table.ts';
import { AddressTable } from './address-table.ts';

/** Finds the symbols of what is mapped. */
export interface SymbolFinder {
  /** Of a mapped file (or `[vdso]`), by file offset; `buildId` in hex. */
  user(path: string, buildId: string | undefined): SymbolsFound;
  /** Of what a process said of its own code in `/tmp/perf-PID.map`, by address. */
  perfMap(pid: number): SymbolsFound;
  /** Of the kernel, or of a module `[name]`, by address. */
  kernel(module: string | undefined, recorded: RecordedKernel): SymbolsFound;
}

/** An offset as the two words of its double: it may be negative, or beyond 32 bits. */
const offsets = new Float64Array(1);
const halves = new Uint32Array(offsets.buffer);

/** A piece of code that may be mapped in many places: a binary, a perf map, a function of a JIT. */
export class MappedCode {
  /** As perf shows it; latin1. */
  readonly dso: string;
  readonly load: () => SymbolsFound;
  #found: SymbolsFound | undefined;
  /** Made on first use: of a JIT's functions few are ever seen. */
  #frames: AddressTable | undefined;

  constructor(dso: string, load: () => SymbolsFound) {
    this.dso = dso;
    this.load = load;
  }

  /** The frame of what {@link SymbolTable.find} takes; -1 before it is known. */
  frameAt(offset: number): number {
    offsets[0] = offset;
    const [low = 0, high = 0] = halves;
    return this.#frames === undefined ? -1 : this.#frames.frameAt(this.#frames.slot(high, low));
  }

  setFrame(offset: number, frame: number): void {
    offsets[0] = offset;
    const [low = 0, high = 0] = halves;
    this.#frames ??= new AddressTable();
    this.#frames.set(this.#frames.slot(high, low), high, low, frame, 0);
  }

  get symbols(): SymbolsFound {
    this.#found ??= this.load();
    return this.#found;
  }

  /** Undefined until somebody asked for symbols. */
  get found(): SymbolsFound | undefined {
    return this.#found;
  }

  get table(): SymbolTable | undefined {
    const { symbols } = this;
    return symbols.found ? symbols.table : undefined;
  }
}

/** The table of code with exactly one symbol. */
export function singleSymbol(name: string, start: number, size: number): SymbolTable {
  return {
    find: (address) => (address >= start && address < start + size ? 0 : -1),
    start: () => start,
    name: () => name,
    names: () => [name],
  };
}
