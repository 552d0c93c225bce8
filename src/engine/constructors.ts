import type { WasmModule } from '../wasm/wasm-module.ts';
import { decodeU32, encodeU32, sectionBytes } from './module-writer.ts';

const CODE_SECTION = 10;
const CALL = 0x10;

/**
 * Whether the host must call `__wasm_call_ctors` before `_start`. Faasm's toolchain exports it, which makes wasm-ld leave
 * the constructors to whoever calls the module, unless the C library's `_start` calls them itself (older wasi-libc).
 */
export function leavesConstructorsToHost(bytes: Uint8Array, module: WasmModule): boolean {
  const indexOf = (name: string) => module.exportedFunctions.find((entry) => entry.name === name)?.index;
  const constructors = indexOf('__wasm_call_ctors');
  const start = indexOf('_start');
  if (constructors === undefined || start === undefined) return false;
  const body = functionBody(bytes, module, start - module.importedFunctions.length);
  return body === undefined || !Buffer.from(body).includes(callInstruction(constructors));
}

function callInstruction(index: number): Buffer {
  return Buffer.of(CALL, ...encodeU32(index));
}

/** Code entries are a size and a body each; the entry point stands near the front. */
function functionBody(bytes: Uint8Array, module: WasmModule, defined: number): Uint8Array | undefined {
  const section = module.sections.find(({ id }) => id === CODE_SECTION);
  if (section === undefined || defined < 0) return undefined;
  let rest = sectionBytes(bytes, section).payload;
  rest = rest.subarray(decodeU32(rest).end);
  for (let index = 0; rest.length > 0; index++) {
    const { value, end } = decodeU32(rest);
    if (index === defined) return rest.subarray(end, end + value);
    rest = rest.subarray(end + value);
  }
  return undefined;
}
