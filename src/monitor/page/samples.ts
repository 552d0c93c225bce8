import { at } from '../../util/indexed.ts';
import type { PageSample } from '../page-data.ts';

/** More are forgotten, the oldest first: a day of seconds. */
const mostSamples = 86_400;

/** What has come so far, by line. */
export class Samples {
  readonly times: number[] = [];
  readonly lines: (number | null)[][];
  outage: PageSample['outage'];

  constructor(lineCount: number) {
    this.lines = Array.from({ length: lineCount }, () => []);
  }

  /** Takes a sample; one that is known already, after a reconnection, is passed over. */
  add({ t, v, outage }: PageSample): void {
    const last = this.times.at(-1);
    if (last !== undefined && t <= last) return;
    this.outage = outage;
    this.times.push(t);
    for (const [at, line] of this.lines.entries()) line.push(v[at] ?? null);
    if (this.times.length <= mostSamples) return;
    this.times.shift();
    for (const line of this.lines) line.shift();
  }

  /** The first sample at or after a moment. */
  indexFrom(ms: number): number {
    let [low, high] = [0, this.times.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (at(this.times, middle) < ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The sample nearest to a moment; undefined when there is none. */
  nearest(ms: number): number | undefined {
    if (this.times.length === 0) return undefined;
    const after = Math.min(this.indexFrom(ms), this.times.length - 1);
    const before = Math.max(0, after - 1);
    return ms - at(this.times, before) < at(this.times, after) - ms ? before : after;
  }
}
