import { at } from '../../util/indexed.ts';
import { ByteCursor } from '../byte-cursor.ts';
import type { WasmModule } from '../wasm-module.ts';

const CODE_SECTION = 10;

/** Where the bodies of a module's defined functions are, in bytes from the start of the Code section's contents. */
export class FunctionBodies {
  /** Offset of the Code section's contents in the module: what a position that V8 prints exceeds a code offset by. */
  readonly codeStart: number;
  /** By number among the defined functions; bodies begin at their locals and do not overlap. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;

  constructor(bytes: Uint8Array, { sections, definedCount }: WasmModule, label: string) {
    const code = sections.find(({ id }) => id === CODE_SECTION);
    this.codeStart = code?.offset ?? 0;
    this.starts = new Uint32Array(definedCount);
    this.ends = new Uint32Array(definedCount);
    if (code === undefined) return;
    const cursor = new ByteCursor(bytes, label, code.offset, code.offset + code.size);
    cursor.u32('the number of function bodies');
    for (let n = 0; n < definedCount; n++) {
      const size = cursor.u32("a function body's size");
      this.starts[n] = cursor.offset - this.codeStart;
      cursor.skip(size, 'a function body');
      this.ends[n] = cursor.offset - this.codeStart;
    }
  }

  /** The number of the defined function whose body holds a byte; undefined for a byte between bodies. */
  holding(codeOffset: number): number | undefined {
    const n = lastAtMost(this.starts, codeOffset);
    return n >= 0 && codeOffset < at(this.ends, n) ? n : undefined;
  }
}

/** Index of the last of the ascending `values` from `first` to before `end` that is not greater than `value`; `first - 1` if all are. */
export function lastAtMost(values: ArrayLike<number>, value: number, first = 0, end = values.length): number {
  let [low, high] = [first, end];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
