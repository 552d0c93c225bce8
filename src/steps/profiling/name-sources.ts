import { Symbols } from '../../profile/index.ts';
import { Demangler } from './demangling.ts';

/** Where the names of a recording's frames come from: this machine's symbol tables, and a demangler. */
export class NameSources {
  readonly symbols: Symbols;
  readonly demangler: Demangler;

  /** `cache` is the folder where they are kept for later runs; without one nothing is written. */
  constructor(cache: string | undefined, signal: AbortSignal) {
    this.symbols = new Symbols({ cache });
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
