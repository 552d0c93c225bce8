/** Makes a failing input small: leaves out ever smaller ranges, then sets bytes to zero, as long as it still fails. */
export async function minimised(
  input: Buffer,
  fails: (bytes: Buffer) => Promise<boolean>,
  isOver: () => boolean,
): Promise<Buffer> {
  let best = input;
  for (let size = best.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at < best.length; ) {
      if (isOver()) return best;
      const shorter = Buffer.concat([best.subarray(0, at), best.subarray(at + size)]);
      if (await fails(shorter)) best = shorter;
      else at += size;
    }
  }
  for (let size = 64; size > 0; size >>= 1) {
    for (let at = 0; at < best.length; at += size) {
      if (isOver()) return best;
      const zeroed = Buffer.from(best).fill(0, at, Math.min(at + size, best.length));
      if (!zeroed.equals(best) && (await fails(zeroed))) best = zeroed;
    }
  }
  return best;
}
