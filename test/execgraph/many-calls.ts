const startMs = 1_795_300_000_000;

/** A document of `invoke.exec-graph --format=json` with this many calls of 1,000 functions on 9 hosts. */
export function manyCalls(count: number): Readonly<Record<string, unknown>> {
  const calls = Array.from({ length: count }, (_, index) => ({
    parent: index === 0 ? null : Math.max(0, index - 1 - ((index * 7919) % 97)),
    id: index + 1,
    user: 'demo',
    function: `f${index % 1000}`,
    host: `10.0.0.${index % 9}`,
    startMs: startMs + index,
    finishMs: startMs + index + 50 + ((index * 31) % 1000),
    returnValue: 0,
  }));
  return { format: 'faasm-exec-graph', version: 1, isFinished: true, calls };
}
