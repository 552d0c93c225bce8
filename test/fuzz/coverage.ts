import { Session } from 'node:inspector';

/**
 * Tells whether code ran that did not run before: V8's block coverage, in the form that reports each block once and then
 * costs nothing more (Chrome DevTools protocol, `Profiler.startPreciseCoverage` without call counts).
 */
export class Coverage {
  readonly #session = new Session();
  readonly #seen = new Set<string>();
  readonly #part: string;

  /** Only scripts whose address holds `part` count. */
  constructor(part: string) {
    this.#part = part;
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: false, detailed: true });
  }

  /** Shapes of functions (which of their blocks ran) seen so far. */
  get size(): number {
    return this.#seen.size;
  }

  /** Takes what ran since the last call; true when some of it is new. */
  take(): boolean {
    const before = this.#seen.size;
    this.#session.post('Profiler.takePreciseCoverage', (failure, taken) => {
      if (failure !== null) throw failure;
      for (const { url, functions } of taken.result) {
        if (!url.includes(this.#part)) continue;
        for (const { ranges } of functions) {
          if ((ranges[0]?.count ?? 0) === 0) continue;
          this.#seen.add(
            `${url} ${ranges.map(({ startOffset, count }) => `${startOffset}${count > 0 ? '+' : '-'}`)}`,
          );
        }
      }
    });
    return this.#seen.size > before;
  }
}
