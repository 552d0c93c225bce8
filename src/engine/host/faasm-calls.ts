import type { GuestMemory } from '../guest-memory.ts';

/** The call that a host function works for. */
export interface CurrentCall {
  readonly user: string;
  readonly func: string;
  readonly input: Uint8Array;
  output: Uint8Array;
}

interface FaasmCallOptions {
  readonly memory: GuestMemory;
  readonly call: () => CurrentCall;
  /** The wasm functions on the stack, innermost first: `work`, or `work (echo.c:12)` where lines are known. */
  readonly backtrace: () => readonly string[];
  readonly print: (text: string) => void;
  readonly warn: (text: string) => void;
}

const encoder = new TextEncoder();
const KNOWN_FLAGS: Readonly<Record<string, number>> = { PYTHON_PRELOAD: 0, ALWAYS_ON: 1, ALWAYS_OFF: 0 };

/**
 * Input, output, configuration flags, backtrace and the shared-memory marks of Faasm's host interface
 * (libfaasm/faasm/host_interface.h; behaviour as in Faasm's src/wavm/faasm.cpp on a single node without threads).
 */
export function faasmCalls({ memory, call, backtrace, print, warn }: FaasmCallOptions) {
  const writeText = (pointer: number, length: number, text: string): void => {
    const bytes = encoder.encode(`${text}\0`);
    if (bytes.length > length >>> 0) throw new RangeError(`the buffer of ${length >>> 0} bytes is too small`);
    memory.bytes(pointer, bytes.length).set(bytes);
  };
  return {
    __faasm_read_input: (buffer: number, length: number): number => {
      const { input } = call();
      if (input.length === 0 || length === 0) return input.length;
      const part = input.subarray(0, length >>> 0);
      memory.bytes(buffer, part.length).set(part);
      return part.length;
    },
    __faasm_write_output: (output: number, length: number): void => {
      call().output = memory.copy(output, length);
    },
    __faasm_conf_flag: (keyAt: number): number => {
      const key = memory.text(keyAt);
      const value = KNOWN_FLAGS[key];
      if (value === undefined) warn(`Unknown conf flag: ${key}`);
      return value ?? 0;
    },
    __faasm_backtrace: (depth: number): void => {
      const frames = backtrace().slice(0, depth > 0 ? depth : undefined);
      const lines = frames.map((name) => `wasm!${name}\n`).join('');
      print(`\n------ Faasm backtrace ------\n${lines}-------------------------------\n`);
    },
    __faasm_get_py_user: (buffer: number, length: number): void => writeText(buffer, length, ''),
    __faasm_get_py_func: (buffer: number, length: number): void => writeText(buffer, length, ''),
    __faasm_get_py_entry: (buffer: number, length: number): void => writeText(buffer, length, ''),
    // One call runs at a time: nothing to merge, nobody to wait for, nowhere to move.
    __faasm_sm_reduce: (): void => {},
    __faasm_sm_critical_local: (): void => {},
    __faasm_sm_critical_local_end: (): void => {},
    __faasm_migrate_point: (): void => {},
  };
}
