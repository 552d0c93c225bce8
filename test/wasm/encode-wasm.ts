/** A small WebAssembly encoder, written apart from the reader it tests. */

export interface ModuleParts {
  readonly imports?: readonly { readonly module: string; readonly field: string; readonly kind?: number }[];
  /** Instructions of each defined function, of type (i32) -> i32, without the final `end`. */
  readonly bodies?: readonly (readonly number[])[];
  readonly exports?: readonly { readonly name: string; readonly kind?: number; readonly index: number }[];
  readonly names?: readonly (readonly [index: number, name: string])[];
  readonly moduleName?: string;
  /** Custom sections put in front. */
  readonly customs?: readonly string[];
  /** Pads every size to five bytes, as wasm-ld does. */
  readonly padded?: boolean;
}

export function leb(value: number, padded = false): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  while (padded && bytes.length < 5) bytes.push(0x80);
  const last = bytes.pop() ?? 0;
  return [...bytes, last - 128];
}

export function text(value: string): number[] {
  const bytes = [...Buffer.from(value)];
  return [...leb(bytes.length), ...bytes];
}

export function vector(items: readonly (readonly number[])[]): number[] {
  return [...leb(items.length), ...items.flat()];
}

export function section(id: number, payload: readonly number[], padded = false): number[] {
  return [id, ...leb(payload.length, padded), ...payload];
}

export const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const I32_TO_I32 = [0x60, 1, 0x7f, 1, 0x7f];
/** What follows an import's kind: a function's type, and the least of the others. */
const DESCRIPTIONS: readonly (readonly number[])[] = [[0], [0x70, 0, 1], [1, 1, 2], [0x7f, 0], [0, 0]];

export function encodeModule(parts: ModuleParts): Uint8Array {
  const { imports = [], bodies = [], exports = [], names, moduleName, customs = [], padded = false } = parts;
  const bytes = [...HEADER];
  for (const name of customs) bytes.push(...section(0, [...text(name), 1, 2, 3], padded));
  bytes.push(...section(1, vector([I32_TO_I32]), padded));
  const imported = imports.map(({ module, field, kind = 0 }) => [
    ...text(module),
    ...text(field),
    kind,
    ...(DESCRIPTIONS[kind] ?? []),
  ]);
  if (imports.length > 0) bytes.push(...section(2, vector(imported), padded));
  if (bodies.length > 0) bytes.push(...section(3, vector(bodies.map(() => [0])), padded));
  const exported = exports.map(({ name, kind = 0, index }) => [...text(name), kind, ...leb(index)]);
  if (exports.length > 0) bytes.push(...section(7, vector(exported), padded));
  const coded = bodies.map((body) => [...leb(body.length + 2), 0, ...body, 0x0b]);
  if (bodies.length > 0) bytes.push(...section(10, vector(coded), padded));
  if (names !== undefined || moduleName !== undefined) {
    const payload = [...text('name')];
    if (moduleName !== undefined) payload.push(...section(0, text(moduleName), padded));
    const entries = (names ?? []).map(([index, name]) => [...leb(index), ...text(name)]);
    payload.push(...section(1, vector(entries), padded));
    bytes.push(...section(0, payload, padded));
  }
  return Uint8Array.from(bytes);
}

/** `local.get 0`: returns its argument. */
export const IDENTITY = [0x20, 0];

/** Naive Fibonacci, calling the function of the given index (below 128). */
export function fibonacci(self: number): number[] {
  const callLess = (by: number) => [0x20, 0, 0x41, by, 0x6b, 0x10, self];
  return [0x20, 0, 0x41, 2, 0x48, 0x04, 0x7f, 0x20, 0, 0x05, ...callLess(1), ...callLess(2), 0x6a, 0x0b];
}
