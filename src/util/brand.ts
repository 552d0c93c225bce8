// The one place with casts. Each function names what its caller vouches for.

/** A plain number that the caller knows to be an id of the branded kind. */
export function brand<T extends number>(value: number): T {
  return value as T;
}

/** A value whose shape was checked against a description that the type was computed from (parsed arguments). */
export function trusted<T>(value: unknown): T {
  return value as T;
}
