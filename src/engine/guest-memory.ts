/** A pointer or length from a function that leaves its memory. */
export class GuestFault extends Error {}

const decoder = new TextDecoder();
const PAGE_BYTES = 65536;

/** Checked access to the linear memory of the instance that runs; addresses arrive as signed 32-bit integers and are taken unsigned. */
export class GuestMemory {
  #memory: WebAssembly.Memory | undefined;
  #bytes = new Uint8Array();

  /** Takes another instance's memory, and gives back the one before it. */
  swap(memory: WebAssembly.Memory | undefined): WebAssembly.Memory | undefined {
    const before = this.#memory;
    this.#memory = memory;
    return before;
  }

  /** The bytes themselves, not a copy; invalid after the memory grows. */
  bytes(pointer: number, length: number): Uint8Array {
    const start = pointer >>> 0;
    const end = start + (length >>> 0);
    const all = this.#all();
    if (end > all.length) {
      throw new GuestFault(`passed ${length >>> 0} bytes at address ${start}, outside its memory`);
    }
    return all.subarray(start, end);
  }

  copy(pointer: number, length: number): Uint8Array {
    return this.bytes(pointer, length).slice();
  }

  /** A zero-terminated string. */
  text(pointer: number): string {
    const start = pointer >>> 0;
    const all = this.#all();
    const end = all.indexOf(0, start);
    if (start >= all.length || end < 0) {
      throw new GuestFault(`passed a string at address ${start} that leaves its memory`);
    }
    return decoder.decode(all.subarray(start, end));
  }

  view(pointer: number, length: number): DataView {
    const bytes = this.bytes(pointer, length);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  setUint32(pointer: number, value: number): void {
    this.view(pointer, 4).setUint32(0, value, true);
  }

  get isThere(): boolean {
    return this.#memory !== undefined;
  }

  get sizeBytes(): number {
    return this.#all().length;
  }

  /** New zeroed memory after all other, in whole pages: its address, or undefined when the memory cannot grow. */
  grow(length: number): number | undefined {
    const pages = Math.ceil(length / PAGE_BYTES);
    try {
      return (this.#attached().grow(pages) * PAGE_BYTES) >>> 0;
    } catch {
      return undefined;
    }
  }

  #attached(): WebAssembly.Memory {
    if (this.#memory === undefined) throw new GuestFault('called the host, which sees no memory of it');
    return this.#memory;
  }

  #all(): Uint8Array {
    const { buffer } = this.#attached();
    if (this.#bytes.buffer !== buffer) this.#bytes = new Uint8Array(buffer);
    return this.#bytes;
  }
}
