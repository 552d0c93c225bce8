import { messageOf } from '../../util/errors.ts';
import { readAttr } from './attr.ts';
import type { Container } from './container.ts';
import { cString, type Features, readBuildIdRecord, readFeature } from './features.ts';
import { type Inflater, newInflater } from './inflated-records.ts';
import { type RecordBytes, StreamedBytes } from './page-bytes.ts';
import { RecordQueue } from './record-queue.ts';
import { firstUserType, recordType } from './record-type.ts';
import { RecordedEvents } from './recorded-events.ts';
import { readTimeConversion, type TimeConversion } from './time-conversion.ts';

/** Told of what a scan meets. */
interface ScanListener {
  /** A record that may be a process's mapping of its jitdump, before its turn. */
  mapped(bytes: Buffer, size: number): void;
  /** Deliver what is queued up to a time. */
  deliver(limit: number): Promise<void>;
}

interface Walker {
  readonly bytes: RecordBytes;
  readonly space: number;
  at: number;
  /** Stands before something that cannot be a record. */
  isStuck: boolean;
  /** It walks over what was decompressed, which holds no compressed records. */
  readonly isInner: boolean;
  /** What its compressed records hold; undefined before the first one. */
  inflated: Inflated | undefined;
}

interface Inflated {
  readonly inflater: Inflater;
  readonly walker: Walker;
  /** Nothing more can be read. */
  isOver: boolean;
}

const spaceBytes = 2 ** 45;
const largestRecord = 1 << 16;
const headerBytes = 8;
/** Enough of a sample for its time, and all of most other records. */
const sampleHead = 96;
/** Bytes of a stream, and records, that may wait for the end of a round that does not come (perf: tools/perf/util/ordered-events.c). */
const mostHeld = 1 << 27;
const mostQueued = 1 << 23;
const manyRecords = 1 << 19;
const muchStreamed = 1 << 26;
const nameUpdate = 2;
const recordsPerRest = 1 << 17;

/**
 * Walks over all records of a recording as they lie in the file, and queues those that happened at a time. Skips what it
 * does not know; stops at what cannot be a record.
 */
export class Scan {
  readonly events: RecordedEvents;
  readonly features: Features;
  readonly queue = new RecordQueue();
  truncated: 'not ended' | 'cut' | 'damaged' | undefined;
  hasTraces = false;
  /** How times follow from the processor's counter, where it was recorded. */
  timeConversion: TimeConversion | undefined;
  readonly #isPipe: boolean;
  readonly #walkers: Walker[];
  readonly #spaces: RecordBytes[];
  /** One record, aligned. */
  readonly record = Buffer.from(new ArrayBuffer(largestRecord));
  readonly words = new Uint32Array(this.record.buffer);
  readonly #view = new DataView(this.record.buffer);
  #timeBase: readonly [high: number, low: number] | undefined;
  #latest = Number.NEGATIVE_INFINITY;
  #latestOfRound = Number.NEGATIVE_INFINITY;
  #streamed = 0;

  constructor(container: Container) {
    this.events = new RecordedEvents(container.events);
    this.features = container.features;
    this.#isPipe = container.isPipe;
    this.#spaces = [...container.spaces];
    if (container.isTruncated) this.truncated = 'not ended';
    this.#walkers = container.spaces.map((bytes, space) => ({
      bytes,
      space,
      at: space === 0 ? container.start : 0,
      isStuck: false,
      isInner: false,
      inflated: undefined,
    }));
  }

  /** Walks over everything. `rest` is called now and then. */
  async run(listener: ScanListener, rest: () => Promise<void>): Promise<void> {
    for (const walker of this.#walkers) await this.#walk(walker, listener, rest);
    const cut = this.#walkers.some(({ inflated }) => inflated !== undefined && isBehind(inflated.walker));
    if (cut) this.truncated ??= 'cut';
  }

  /** Copies a queued record into {@link record}; gives its size. */
  open(place: number): number {
    const space = Math.floor(place / spaceBytes);
    const offset = place - space * spaceBytes;
    const bytes = this.#spaces[space];
    if (bytes === undefined) return 0;
    return bytes.copyRecord(offset, this.record);
  }

  /** A time as a number of nanoseconds since the first one, exact for 104 days. */
  relativeTime(high: number, low: number): number {
    if ((high === 0 && low === 0) || (high === 0xffffffff && low === 0xffffffff))
      return Number.NEGATIVE_INFINITY;
    this.#timeBase ??= [high, low];
    const [baseHigh, baseLow] = this.#timeBase;
    return (high - baseHigh) * 2 ** 32 + (low - baseLow);
  }

  async #walk(walker: Walker, listener: ScanListener, rest: () => Promise<void>): Promise<void> {
    const { bytes, space } = walker;
    let end = 0;
    for (let untilRest = recordsPerRest; ; untilRest -= 1) {
      if (untilRest === 0) {
        untilRest = recordsPerRest;
        await rest();
      }
      const { at } = walker;
      if (at + headerBytes > end) {
        // What was not read yet and lies before this record is payload that nobody wants.
        end = await bytes.fill(at + headerBytes, at);
        if (bytes instanceof StreamedBytes && bytes.held > mostHeld) await this.#deliverAll(listener);
      }
      if (at + headerBytes > end) break;
      const copied = Math.min(end - at, sampleHead);
      bytes.copy(at, copied, this.record);
      const type = this.#view.getUint32(0, true);
      const size = this.#view.getUint16(6, true);
      if (size < headerBytes) {
        walker.isStuck = true;
        this.truncated = 'damaged';
        return;
      }
      if (at + size > end) end = await bytes.fill(at + size);
      if (at + size > end) break;
      if (this.queue.size >= mostQueued) await this.#deliverAll(listener);
      walker.at = at + size;
      const wanted = type === recordType.sample ? Math.min(size, sampleHead) : size;
      if (wanted > copied) bytes.copy(at, wanted, this.record);
      if (type < firstUserType) this.#queueRecord(type, size, space * spaceBytes + at, listener);
      else if (type === recordType.finishedRound) await this.#endRound(listener);
      else await this.#userRecord(type, size, walker, listener, rest);
    }
    // What was decompressed ends where it ends: its next record may be in the next piece.
    if (walker.at !== end && !(bytes instanceof StreamedBytes && space > 0)) this.truncated ??= 'cut';
  }

  #queueRecord(type: number, size: number, place: number, listener: ScanListener): void {
    if (type === recordType.sample) {
      const layout = this.events.ofSample(this.words)?.layout;
      const at = layout === undefined ? -1 : layout.time;
      this.#add(at >= 0 && at + 8 <= size ? at >> 2 : -1, place);
      return;
    }
    const fromEnd = this.events.ofRecord(this.words, size)?.layout.timeFromEnd ?? -1;
    this.#add(fromEnd > 0 && fromEnd + headerBytes <= size ? (size - fromEnd) >> 2 : -1, place);
    if (type === recordType.mmap || type === recordType.mmap2) listener.mapped(this.record, size);
  }

  #add(timeWord: number, place: number): void {
    const { words } = this;
    const time =
      timeWord < 0
        ? Number.NEGATIVE_INFINITY
        : this.relativeTime(words[timeWord + 1] ?? 0, words[timeWord] ?? 0);
    if (time > this.#latest) this.#latest = time;
    this.queue.add(time, place);
  }

  /** As long as little waits, the end of the file sorts it all; else what was older than the last round is delivered. */
  async #endRound(listener: ScanListener): Promise<void> {
    const limit = this.#latestOfRound;
    this.#latestOfRound = this.#latest;
    if (this.queue.size < manyRecords && this.#streamed < muchStreamed) return;
    await listener.deliver(limit);
    this.#release();
  }

  /** Too much waits: what is there is delivered, although older records may follow. */
  async #deliverAll(listener: ScanListener): Promise<void> {
    await listener.deliver(Number.POSITIVE_INFINITY);
    this.#release();
  }

  #release(): void {
    const firsts = this.#spaces.map(() => Number.POSITIVE_INFINITY);
    for (const place of this.queue.rest()) {
      const space = Math.floor(place / spaceBytes);
      if (space < 0) continue;
      firsts[space] = Math.min(firsts[space] ?? 0, place - space * spaceBytes);
    }
    this.#streamed = 0;
    for (const [space, bytes] of this.#spaces.entries()) {
      if (!(bytes instanceof StreamedBytes)) continue;
      const at = this.#walkerOf(space)?.at ?? 0;
      bytes.release(Math.min(firsts[space] ?? 0, at));
      this.#streamed += bytes.held;
    }
  }

  #walkerOf(space: number): Walker | undefined {
    const all = this.#walkers.flatMap((walker) => [
      walker,
      ...(walker.inflated === undefined ? [] : [walker.inflated.walker]),
    ]);
    return all.find((walker) => walker.space === space);
  }

  async #userRecord(
    type: number,
    size: number,
    walker: Walker,
    listener: ScanListener,
    rest: () => Promise<void>,
  ): Promise<void> {
    const record = this.record.subarray(0, size);
    if (type === recordType.auxtrace && size >= 16) {
      this.hasTraces = true;
      walker.at += this.words[2] ?? 0;
      walker.at += (this.words[3] ?? 0) * 2 ** 32;
    } else if (type === recordType.tracingData && this.#isPipe && size >= 12) {
      walker.at += this.words[2] ?? 0;
    } else if (type === recordType.headerAttr && this.#isPipe) {
      this.#readAttrRecord(size);
    } else if (type === recordType.headerFeature && size >= 16) {
      readFeature(this.features, this.words[2] ?? 0, Buffer.from(record.subarray(16)));
      if (this.features.events !== undefined && this.#isPipe) this.events.rename(this.features.events);
    } else if (type === recordType.timeConversion) {
      this.timeConversion = readTimeConversion(record);
    } else if (type === recordType.headerBuildId) {
      readBuildIdRecord(this.features, record);
    } else if (type === recordType.eventUpdate && size > 24 && this.words[2] === nameUpdate) {
      this.events.renameById(this.words[5] ?? 0, this.words[4] ?? 0, cString(record, 24));
    } else if (type !== recordType.compressed && type !== recordType.compressed2) {
      return;
    } else if (walker.isInner) {
      // perf compresses once; what is compressed again may be so without end.
      this.truncated = 'damaged';
    } else if (type === recordType.compressed) {
      await this.#inflate(walker, Buffer.from(record.subarray(headerBytes)), listener, rest);
    } else if (size >= 16) {
      const length = Math.min(this.words[2] ?? 0, size - 16);
      await this.#inflate(walker, Buffer.from(record.subarray(16, 16 + length)), listener, rest);
    }
  }

  #readAttrRecord(size: number): void {
    if (size < headerBytes + 64) return;
    const attrBytes = this.words[3] ?? 0;
    const attrSize = attrBytes === 0 ? 64 : attrBytes;
    const attr = readAttr(this.#view, headerBytes, size - headerBytes);
    const ids: bigint[] = [];
    for (let at = headerBytes + attrSize; at + 8 <= size; at += 8)
      ids.push(this.#view.getBigUint64(at, true));
    this.events.add({ name: undefined, attr, ids });
  }

  async #inflate(
    walker: Walker,
    bytes: Uint8Array,
    listener: ScanListener,
    rest: () => Promise<void>,
  ): Promise<void> {
    walker.inflated ??= await this.#newInflated();
    const { inflated } = walker;
    // What follows bytes that could not be read means nothing.
    if (inflated.isOver) return;
    const before = inflated.inflater.bytes.end;
    try {
      inflated.inflater.push(bytes);
    } catch (error) {
      if (error instanceof RangeError && messageOf(error).includes('memory')) throw error;
      this.truncated = 'damaged';
      inflated.isOver = true;
    }
    this.#streamed += inflated.inflater.bytes.end - before;
    await this.#walk(inflated.walker, listener, rest);
    if (inflated.walker.isStuck) inflated.isOver = true;
    if (this.#streamed > mostHeld) await this.#deliverAll(listener);
  }

  async #newInflated(): Promise<Inflated> {
    const inflater = await newInflater();
    const { bytes } = inflater;
    const space = this.#spaces.push(bytes) - 1;
    const walker = { bytes, space, at: 0, isInner: true, isStuck: false, inflated: undefined };
    return { inflater, walker, isOver: false };
  }
}

function isBehind({ bytes, at }: Walker): boolean {
  return bytes instanceof StreamedBytes && at < bytes.end;
}
