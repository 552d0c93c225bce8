/** Ends a switch over a discriminated union: a forgotten variant is a type error. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
