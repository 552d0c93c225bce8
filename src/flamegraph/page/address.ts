/** What of the view is kept in the page's address; FlameGraph's parameters, plus `i` for ignored case. */
export interface Address {
  /** Left and top edge of the zoomed frame as written in the file. */
  readonly x?: string | undefined;
  readonly y?: string | undefined;
  readonly s?: string | undefined;
  readonly i?: string | undefined;
}

/** Reads the view from the address. */
export function readAddress(): Address {
  const query = new URLSearchParams(window.location.search);
  const of = (key: string) => query.get(key) ?? undefined;
  return { x: of('x'), y: of('y'), s: of('s'), i: of('i') };
}

/** Writes the view into the address, leaving other parameters and the fragment as they are. */
export function writeAddress(address: Address): void {
  const url = new URL(window.location.href);
  for (const key of ['x', 'y', 's', 'i'] as const) {
    const value = address[key];
    if (value === undefined || value === '') url.searchParams.delete(key);
    else url.searchParams.set(key, value);
  }
  try {
    window.history.replaceState(null, '', url.href);
  } catch {
    // A sandboxed document or a `data:` address may not be rewritten; the view works all the same.
  }
}
