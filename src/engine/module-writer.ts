import type { WasmModule } from '../wasm/wasm-module.ts';

type WasmSection = WasmModule['sections'][number];

const HEADER_BYTES = 8;
const encoder = new TextEncoder();

/** A section by id with its payload (of a custom section: starting with its name). */
export interface SectionBytes {
  readonly id: number;
  readonly payload: Uint8Array;
}

/** The payload of a section, as a view into the module. */
export function sectionBytes(module: Uint8Array, { id, offset, size }: WasmSection): SectionBytes {
  return { id, payload: module.subarray(offset, offset + size) };
}

/** A module of the given sections; the header is taken from `original`. */
export function writeModule(original: Uint8Array, sections: readonly SectionBytes[]): Uint8Array {
  const parts = [original.subarray(0, HEADER_BYTES)];
  for (const { id, payload } of sections) {
    parts.push(Uint8Array.of(id), encodeU32(payload.length), payload);
  }
  return concat(parts);
}

/** Unsigned LEB128, shortest form. */
export function encodeU32(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/** Reads what {@link encodeU32} writes, in any padding, at the start of `bytes`. */
export function decodeU32(bytes: Uint8Array): { readonly value: number; readonly end: number } {
  const end = bytes.findIndex((byte) => byte < 0x80) + 1;
  return { value: bytes.subarray(0, end).reduceRight((value, byte) => value * 0x80 + (byte & 0x7f), 0), end };
}

/** A length-prefixed UTF-8 name. */
export function encodeName(name: string): Uint8Array {
  const bytes = encoder.encode(name);
  return concat([encodeU32(bytes.length), bytes]);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
