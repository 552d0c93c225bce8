/**
 * Numbers that no file can know: hash tables that mix them in are not slowed down by keys that were chosen to collide.
 * They change which slot a key gets, never what comes out.
 */
export const hashSecret = { first: secretOdd(), second: secretOdd() } as const;

/** A 32-bit number as another one, one to one, in an order that a file cannot foresee: a key for a `Map` of numbers. */
export function scattered(value: number): number {
  return Math.imul(value ^ hashSecret.first, hashSecret.second);
}

/** A whole number of any size as such a key. */
export function hashKey(value: number): number | string {
  return value === value >>> 0 ? scattered(value) : String(value);
}

function secretOdd(): number {
  return Math.floor(Math.random() * 2 ** 32) | 1;
}
