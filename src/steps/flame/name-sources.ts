import { Symbols } from '../../profile/symbols/symbols.ts';
import { Demangler } from './demangling.ts';

interface NamePlaces {
  /** Where names are kept for later runs; without it nothing is written. */
  readonly cache: string | undefined;
  /** Where `perf-PID.map` is looked for before /tmp. */
  readonly mapFolders: readonly string[];
}

/** Where the names of a recording's frames come from: this machine's symbol tables, and a demangler. */
export class NameSources {
  readonly symbols: Symbols;
  readonly demangler: Demangler;

  constructor({ cache, mapFolders }: NamePlaces, signal: AbortSignal) {
    this.symbols = new Symbols({ cache, mapFolders });
    this.demangler = new Demangler(signal, cache);
  }

  /** Reads and starts what a recording of this program will want. */
  async readAhead(program: string): Promise<void> {
    await this.demangler.getReady();
    this.symbols.readAhead(program.startsWith('/') ? [program] : []);
  }

  /** Closes files, ends what was started, and keeps what was read for the first time. */
  close(): void {
    this.demangler.close();
    this.symbols.close();
  }
}
