import { TaskError } from '../util/errors.ts';

const MAGIC = [0x00, 0x61, 0x73, 0x6d];
const COMPONENT_VERSION = 0x1000d;

/** First bytes of files that people pass by mistake, and what to do with each. */
const OTHERS: readonly { readonly start: string; readonly what: string; readonly hint: string }[] = [
  { start: '\x1f\x8b', what: 'a gzip file', hint: 'Unpack it first: `gunzip -k FILE`.' },
  { start: '\x28\xb5\x2f\xfd', what: 'a zstd file', hint: 'Unpack it first: `unzstd FILE`.' },
  { start: 'PK\x03\x04', what: 'a zip archive', hint: 'Unpack it first: `unzip FILE`.' },
  { start: '\x7fELF', what: 'a native ELF file', hint: 'Name the function.wasm it was compiled from.' },
  { start: '\0aot', what: "WAMR's compiled code", hint: 'Name the function.wasm it was compiled from.' },
  { start: '(', what: 'WebAssembly text', hint: 'Assemble it first: `wat2wasm --debug-names FILE`.' },
  { start: ';;', what: 'WebAssembly text', hint: 'Assemble it first: `wat2wasm --debug-names FILE`.' },
];

/** Refuses what is not a core WebAssembly module of version 1, and says what it seems to be instead. */
export function assertWasm(bytes: Uint8Array, label: string): void {
  const fail = (problem: string, hints: readonly string[] = []): never => {
    throw new TaskError(`Could not read ${label} as WebAssembly: ${problem}`, { hints });
  };
  if (bytes.length === 0) fail('it is empty', ['Was the function compiled, or its upload cut off?']);
  if (!MAGIC.every((byte, i) => bytes[i] === byte)) {
    const text = Buffer.from(bytes.subarray(0, 256)).toString('latin1');
    const other = OTHERS.find(({ start }) => text.startsWith(start) || text.trimStart().startsWith(start));
    if (other !== undefined) fail(`it is ${other.what}`, [other.hint]);
    const found = Buffer.from(bytes.subarray(0, 4)).toString('hex');
    fail(`at byte 0, expected the magic 0061736d ("\\0asm"), found ${found}`);
  }
  if (bytes.length < 8) fail(`at byte ${bytes.length}, expected the version, but the data ends`);
  const version = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(4, true);
  if (version === COMPONENT_VERSION) {
    fail('it is a component, not a core module', [
      'Take the core module out of it: `wasm-tools component unbundle FILE --module-dir DIR`.',
    ]);
  }
  if (version !== 1) fail(`at byte 4, expected version 1, found ${version}`);
}
