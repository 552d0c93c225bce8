import { TaskError } from '../../util/errors.ts';
import type { GuestMemory } from '../guest-memory.ts';
import { stubsFor } from './unknown-imports.ts';

type ImportValues = Readonly<Record<string, WebAssembly.ImportValue>>;

/** What the host offers, by import module. */
export type Offered = Readonly<Record<string, ImportValues>>;

/**
 * The imports a module asks for, out of what is offered.
 *
 * @throws TaskError that names every import the host lacks.
 */
export function linkImports(
  name: string,
  wanted: readonly WebAssembly.ModuleImportDescriptor[],
  offered: Offered,
  { isFile = false, hasMemory = false } = {},
): WebAssembly.Imports {
  const linked: WebAssembly.Imports = {};
  const missing: string[] = [];
  for (const { module, name: field, kind } of wanted) {
    // Made anew for each instance.
    if (kind === 'memory' && hasMemory) continue;
    const value = kind === 'function' ? offered[module]?.[field] : undefined;
    if (value === undefined) {
      missing.push(`${module}.${field}${kind === 'function' ? '' : ` (a ${kind})`}`);
      continue;
    }
    const fields = linked[module] ?? {};
    fields[field] = value;
    linked[module] = fields;
  }
  if (missing.length === 0) return linked;
  if (isFile) {
    const stubs = stubsFor(name, wanted, linked, missing);
    for (const [module, fields] of Object.entries(stubs)) linked[module] = { ...linked[module], ...fields };
    return linked;
  }
  const what = missing.length === 1 ? 'an import' : `${missing.length} imports`;
  throw new TaskError(`${name} needs ${what} that the embedded engine does not have: ${missing.join(', ')}`, {
    hints: [areas(missing), "Run it with Faasm's own binaries: --engine=faasm"].filter((hint) => hint !== ''),
  });
}

const AREAS: readonly [pattern: RegExp, area: string][] = [
  [/\.MPI_/, 'MPI'],
  [/\.(pthread_|__kmpc_|omp_)|\.memory \(a memory\)/, 'threads'],
  [/\.__faasm_s3_/, 'S3'],
  [/\.__faasm_chain_py/, 'Python functions'],
  [/\.(dlopen|dlsym|dlclose)/, 'dynamic linking'],
  [/\.(socket|bind|connect|listen|accept|gethostbyname)$/, 'sockets'],
];

function areas(missing: readonly string[]): string {
  const found = AREAS.filter(([pattern]) => missing.some((name) => pattern.test(name))).map(
    ([, area]) => area,
  );
  return found.length === 0 ? '' : `The embedded engine has no ${found.join(', no ')}.`;
}

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
  /** The wasm functions on the stack, innermost first, as WAVM describes frames. */
  readonly backtrace: () => readonly string[];
  readonly print: (text: string) => void;
  readonly warn: (text: string) => void;
}

const encoder = new TextEncoder();
/** What lies above the function on a stack in Faasm: the host function and WAVM's thunk for it. `depth` leaves them out first. */
const OWN_FRAMES = 2;
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
      const lines = backtrace()
        .slice(Math.max(0, depth - OWN_FRAMES))
        .map((frame) => `${frame}\n`)
        .join('');
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

const FAILED = -1;

/** Faasm's libc gets its memory from the host: the end of linear memory moves as whole pages are added. */
export function memoryHost(memory: GuestMemory) {
  let breakAt: number | undefined;
  /** Begins a call; the function it gives ends the call and resumes the one around it. */
  const enter = (): (() => void) => {
    const before = breakAt;
    breakAt = undefined;
    return () => {
      breakAt = before;
    };
  };
  const imports = {
    __sbrk: (increment: number): number => {
      const current = breakAt ?? memory.sizeBytes;
      const next = current + increment;
      if (next < 0) return FAILED;
      if (next > memory.sizeBytes && memory.grow(next - memory.sizeBytes) === undefined) return FAILED;
      breakAt = next;
      return current | 0;
    },
    /** Anonymous memory only; a mapped file is a failure that the function sees as MAP_FAILED. */
    mmap: (
      _address: number,
      length: number,
      _protection: number,
      _flags: number,
      file: number,
      _offset: bigint,
    ): number => {
      if (file !== -1) return FAILED;
      const at = memory.grow(length >>> 0);
      if (at === undefined) return FAILED;
      // What was added lies after the break: the next __sbrk continues behind it.
      breakAt = memory.sizeBytes;
      return at | 0;
    },
    munmap: (): number => 0,
  };
  return { imports, enter };
}
