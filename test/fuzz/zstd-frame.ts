import type { Random } from './random.ts';

/**
 * A zstd frame that compresses nothing (RFC 8878, 3.1.1.2): raw blocks, and blocks of one repeated byte where there is
 * such a run.
 */
export function zstdFrame(content: Uint8Array, random: Random): Buffer {
  // No single segment, no content size, a window of 1 MiB (exponent 10).
  const parts: Uint8Array[] = [Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 10 << 3)];
  for (let at = 0; at < content.length; ) {
    const size = Math.min(content.length - at, 1 + random.below(4096));
    parts.push(block(size, 0), content.subarray(at, at + size));
    at += size;
  }
  if (random.once(16)) parts.push(block(1 + random.below(1 << 17), 1), Uint8Array.of(random.below(256)));
  return Buffer.concat(parts);
}

function block(size: number, type: number): Uint8Array {
  const header = (size << 3) | (type << 1);
  return Uint8Array.of(header & 255, (header >> 8) & 255, (header >> 16) & 255);
}
