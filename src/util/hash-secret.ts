/**
 * Numbers that no file can know: hash tables that mix them in are not slowed down by keys that were chosen to collide.
 * They change which slot a key gets, never what comes out.
 */
export const hashSecret = { first: secretOdd(), second: secretOdd() } as const;

/** A 32-bit number as another one, one to one, in an order that a file cannot foresee: a key for a `Map` of numbers. */
export function scattered(value: number): number {
  return Math.imul(value ^ hashSecret.first, hashSecret.second);
}

function secretOdd(): number {
  return Math.floor(Math.random() * 2 ** 32) | 1;
}
