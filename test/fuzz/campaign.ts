import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { minimised } from './minimise.ts';
import type { Why } from './one-input.ts';
import { Worker } from './worker.ts';

/** What to fuzz, and how long. */
export interface Plan {
  readonly readers: readonly string[];
  readonly seed: number;
  /** Of all readers together. */
  readonly inputs: number;
  /** When to stop even so; milliseconds from the start. */
  readonly limitMs: number;
  readonly workers: number;
  /** Where failing inputs are written. */
  readonly output: string;
}

/** What is known of a reader so far. */
export interface Tally {
  readonly reader: string;
  inputs: number;
  findings: number;
  corpus: number;
  slowestMs: number;
  megabytes: number;
  busyMs: number;
}

export interface Finding {
  readonly reader: string;
  readonly why: Why;
  readonly said: string;
  readonly file: string;
  readonly bytes: number;
}

const mostInputsPerJob = 1000;
const minimiseMs = 30_000;

/** Fuzzes; {@link tallies} and {@link findings} may be looked at any time. */
export class Campaign {
  readonly tallies: readonly Tally[];
  readonly findings: Finding[] = [];
  readonly #plan: Plan;
  readonly #known = new Set<string>();
  readonly #inputsPerJob: number;
  readonly #left: Map<string, number>;
  readonly #started = performance.now();
  #jobs = 0;
  #isStopped = false;
  readonly #workers = new Set<Worker>();

  constructor(plan: Plan) {
    this.#plan = plan;
    const share = Math.ceil(plan.inputs / plan.readers.length);
    this.#inputsPerJob = Math.min(mostInputsPerJob, Math.ceil(share / 16));
    this.#left = new Map(plan.readers.map((reader) => [reader, share]));
    this.tallies = plan.readers.map((reader) => {
      return { reader, inputs: 0, findings: 0, corpus: 0, slowestMs: 0, megabytes: 0, busyMs: 0 };
    });
  }

  get seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  get inputs(): number {
    return this.tallies.reduce((sum, { inputs }) => sum + inputs, 0);
  }

  /** Ends when all inputs were read or the time is over. */
  async run(): Promise<void> {
    await Promise.all(Array.from({ length: this.#plan.workers }, async () => await this.#work()));
  }

  /** Ends the workers at once; {@link run} then ends too. */
  stop(): void {
    this.#isStopped = true;
    for (const worker of this.#workers) worker.end();
  }

  async #work(): Promise<void> {
    let worker = this.#newWorker();
    try {
      for (let job = this.#nextJob(); job !== undefined; job = this.#nextJob()) {
        const { tally, seed, count } = job;
        const started = performance.now();
        const found: { why: Why; said: string; bytes: Buffer }[] = [];
        const asked = { kind: 'run', reader: tally.reader, seed, count } as const;
        const end = await this.#untilStopped(
          worker.ask(
            asked,
            ({ why, said, bytes }) => void found.push({ why, said, bytes: Buffer.from(bytes) }),
          ),
        );
        if (end === undefined) return;
        tally.busyMs += performance.now() - started;
        if ('kind' in end && end.kind === 'done') {
          tally.inputs += count;
          tally.corpus = Math.max(tally.corpus, end.corpus);
          tally.slowestMs = Math.max(tally.slowestMs, end.slowest);
          tally.megabytes = Math.max(tally.megabytes, end.megabytes);
        } else {
          if (!('kind' in end)) found.push(end);
          this.#left.set(tally.reader, (this.#left.get(tally.reader) ?? 0) + count);
          this.#endWorker(worker);
          worker = this.#newWorker();
        }
        for (const { why, said, bytes } of found) await this.#confirm(tally, why, said, bytes);
      }
    } finally {
      this.#endWorker(worker);
    }
  }

  #nextJob(): { readonly tally: Tally; readonly seed: number; readonly count: number } | undefined {
    if (this.#isStopped || performance.now() - this.#started > this.#plan.limitMs) return undefined;
    // The one with most left: all advance together, and a run that is cut short has seen each of them.
    const [reader, left] = [...this.#left].reduce((most, one) => (one[1] > most[1] ? one : most));
    const tally = this.tallies.find((one) => one.reader === reader);
    if (left <= 0 || tally === undefined) return undefined;
    const count = Math.min(left, this.#inputsPerJob);
    this.#left.set(reader, left - count);
    this.#jobs += 1;
    return { tally, seed: (Math.imul(this.#plan.seed, 0x9e3779b1) + this.#jobs) >>> 0, count };
  }

  /** Repeats what was found in a process of its own: a machine that was busy is no finding. Then makes it small. */
  async #confirm(tally: Tally, why: Why, said: string, bytes: Buffer): Promise<void> {
    const key = `${tally.reader} ${why} ${why === 'exception' ? said : ''}`;
    if (this.#known.has(key)) {
      if (why === 'exception') tally.findings += 1;
      return;
    }
    this.#known.add(key);
    const first = await this.#tried(tally.reader, bytes);
    if (first === undefined) {
      this.#known.delete(key);
      return;
    }
    tally.findings += 1;
    const until = performance.now() + minimiseMs;
    const isSame = (end: string | undefined) => (why === 'exception' ? end === said : end !== undefined);
    const small = await minimised(
      bytes,
      async (part) => isSame(await this.#tried(tally.reader, part)),
      () => this.#isStopped || performance.now() > until,
    );
    const hash = createHash('sha1').update(small).digest('hex').slice(0, 8);
    mkdirSync(this.#plan.output, { recursive: true });
    const file = join(this.#plan.output, `${tally.reader}.${why}.${hash}`);
    writeFileSync(file, small);
    this.findings.push({ reader: tally.reader, why, said: first, file, bytes: small.length });
  }

  readonly #triers: Worker[] = [];

  /** What is wrong with one input, undefined for nothing. */
  async #tried(reader: string, bytes: Buffer): Promise<string | undefined> {
    const worker = this.#triers.pop() ?? this.#newWorker();
    const end = await this.#untilStopped(worker.ask({ kind: 'try', reader, bytes }, () => {}));
    const isFine = end !== undefined && 'kind' in end && end.kind === 'tried';
    if (isFine && (end.why === undefined || end.why === 'exception')) this.#triers.push(worker);
    else this.#endWorker(worker);
    if (end === undefined) return undefined;
    if (!('kind' in end)) return end.said;
    return isFine && end.why !== undefined ? end.said : undefined;
  }

  #newWorker(): Worker {
    const worker = new Worker();
    this.#workers.add(worker);
    return worker;
  }

  #endWorker(worker: Worker): void {
    worker.end();
    this.#workers.delete(worker);
  }

  /** Ends the workers that only repeat inputs. */
  close(): void {
    for (const worker of this.#triers.splice(0)) this.#endWorker(worker);
  }

  async #untilStopped<T>(asked: Promise<T>): Promise<T | undefined> {
    for (;;) {
      const pause = new Promise<undefined>((resolve) => {
        setTimeout(() => resolve(undefined), 300).unref();
      });
      const end = await Promise.race([asked, pause]);
      if (end !== undefined || this.#isStopped) return end;
    }
  }
}
