import { crc32 } from 'node:zlib';
import type { Coverage } from './coverage.ts';
import { mutated } from './mutate.ts';
import { type Outcome, readInput } from './one-input.ts';
import type { Random } from './random.ts';
import type { Place, Reader } from './readers.ts';

/** Told of what happens while inputs are read. */
interface Watcher {
  /** Just before an input is read: if reading it ends the process, this is the one. */
  before(bytes: Buffer): void;
  finding(outcome: Outcome, bytes: Buffer): void;
  slowest(milliseconds: number): void;
}

const mostKept = 400;
/** What is slow by this clock is read again with one that does not run for other processes. */
const clock = () => performance.now();

/** The inputs of one reader: those that reached something new are kept, and are what the next ones are made of. */
export class Rounds {
  readonly #reader: Reader;
  readonly #corpus: Buffer[];
  readonly #seeds: number;
  readonly #said = new Set<string>();
  #batch = 1;
  #slowest = 0;

  constructor(reader: Reader) {
    this.#reader = reader;
    this.#corpus = [...reader.seeds()];
    this.#seeds = this.#corpus.length;
  }

  /** How many inputs are kept, seeds included. */
  get corpus(): number {
    return this.#corpus.length;
  }

  /** Reads `count` inputs; the coverage is asked after each few, because asking takes longer than reading. */
  async run(
    count: number,
    random: Random,
    coverage: Coverage,
    place: Place,
    watcher: Watcher,
  ): Promise<void> {
    for (let done = 0; done < count; ) {
      const size = Math.min(this.#batch, count - done);
      const made: Buffer[] = [];
      for (let i = 0; i < size; i += 1) made.push(await this.#one(random, place, watcher));
      done += size;
      const isNew = coverage.take();
      if (isNew) for (const bytes of made) this.#keep(bytes, random);
      this.#batch = isNew ? 4 : Math.min(this.#batch * 2, 256);
    }
  }

  async #one(random: Random, place: Place, watcher: Watcher): Promise<Buffer> {
    const source = random.once(8) ? random.below(this.#seeds) : random.below(this.#corpus.length);
    const parent = this.#corpus[source] ?? Buffer.alloc(0);
    const other = () => random.pick(this.#corpus) ?? parent;
    const { format, finish } = this.#reader;
    const material = { fields: format.fields, pieces: format.pieces, words: format.words, other };
    const made = mutated(parent, random, material);
    const bytes = finish?.(Buffer.from(made), random) ?? made;
    watcher.before(bytes);
    const outcome = await readInput(this.#reader, bytes, place, clock);
    if (outcome.why !== undefined) watcher.finding(outcome, bytes);
    if (outcome.milliseconds > this.#slowest) {
      this.#slowest = outcome.milliseconds;
      watcher.slowest(outcome.milliseconds);
    }
    if (!this.#said.has(outcome.said) && this.#said.size < 10_000) {
      this.#said.add(outcome.said);
      this.#keep(made, random);
    }
    return made;
  }

  #keep(bytes: Buffer, random: Random): void {
    if (this.#corpus.some((one) => one.length === bytes.length && crc32(one) === crc32(bytes))) return;
    if (this.#corpus.length < mostKept) this.#corpus.push(bytes);
    else this.#corpus[this.#seeds + random.below(mostKept - this.#seeds)] = bytes;
  }
}
