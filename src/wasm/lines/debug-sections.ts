import { ByteCursor } from '../byte-cursor.ts';
import type { WasmModule } from '../wasm-module.ts';
import { DwarfCursor } from './dwarf-cursor.ts';

/** The contents of a module's custom sections by name; of a name that repeats, the first. */
export class DebugSections {
  /** What error messages call the file. */
  readonly label: string;
  readonly #contents = new Map<string, Uint8Array>();

  constructor(bytes: Uint8Array, { sections }: WasmModule, label: string) {
    this.label = label;
    for (const { id, name, offset, size } of sections) {
      if (id !== 0 || this.#contents.has(name)) continue;
      const payload = new ByteCursor(bytes, label, offset, offset + size);
      payload.name("a custom section's name");
      this.#contents.set(name, bytes.subarray(payload.offset, payload.end));
    }
  }

  get(name: string): Uint8Array | undefined {
    return this.#contents.get(name);
  }

  /** How many bytes a section has; 0 where there is none. */
  sizeOf(name: string): number {
    return this.#contents.get(name)?.length ?? 0;
  }

  /** A reader of a section from `offset` on; a section that is not there has no bytes. @throws TaskError behind its end */
  cursor(name: string, offset = 0): DwarfCursor {
    const bytes = this.#contents.get(name) ?? new Uint8Array();
    const cursor = new DwarfCursor(bytes, `${name} of ${this.label}`);
    cursor.skip(offset, 'what another section points to');
    return cursor;
  }
}
