import type { RecordedKernel, SymbolsFound, SymbolTable } from '../symbols/index.ts';

/** Finds the symbols of what is mapped. */
export interface SymbolFinder {
  /** Of a mapped file (or `[vdso]`), by file offset; `buildId` in hex. */
  user(path: string, buildId: string | undefined): SymbolsFound;
  /** Of what a process said of its own code in `/tmp/perf-PID.map`, by address. */
  perfMap(pid: number): SymbolsFound;
  /** Of the kernel, or of a module `[name]`, by address. */
  kernel(module: string | undefined, recorded: RecordedKernel): SymbolsFound;
}

/** A piece of code that may be mapped in many places: a binary, a perf map, a function of a JIT. */
export class MappedCode {
  /** As perf shows it; latin1. */
  readonly dso: string;
  readonly load: () => SymbolsFound;
  #found: SymbolsFound | undefined;
  #frames: Map<number, number> | undefined;

  constructor(dso: string, load: () => SymbolsFound) {
    this.dso = dso;
    this.load = load;
  }

  /** Frames by what {@link SymbolTable.find} takes; made on first use: of a JIT's functions few are ever seen. */
  get frames(): Map<number, number> {
    this.#frames ??= new Map();
    return this.#frames;
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
