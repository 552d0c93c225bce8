/** The one place where a plain number becomes a branded id; the caller vouches that it is one. */
export function brand<T extends number>(value: number): T {
  return value as T;
}
