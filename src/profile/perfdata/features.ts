import { type EventAttr, readAttr } from './attr.ts';

/** An event of a recording: its name as perf shows it, and the ids that its records carry. */
export interface RecordedEvent {
  readonly name: string | undefined;
  readonly attr: EventAttr;
  readonly ids: readonly bigint[];
}

/** What `perf record` noted about the machine and the recording; gathered from the header or from records. */
export interface Features {
  osRelease?: string;
  perfVersion?: string;
  architecture?: string;
  commandLine?: readonly string[];
  events?: readonly RecordedEvent[];
  isCompressed?: boolean;
  isDirectory?: boolean;
  /** Build ids in hex by file name (latin1). */
  readonly buildIds: Map<string, string>;
}

/** Numbers of `HEADER_*` in tools/perf/util/header.h. */
export const feature = {
  buildId: 2,
  osRelease: 4,
  version: 5,
  architecture: 6,
  commandLine: 11,
  eventDescription: 12,
  directory: 24,
  compressed: 27,
} as const;

const buildIdBytes = 20;
const buildIdName = 36;
const sizeIsSaid = 1 << 15;
const mostEvents = 100_000;

/** Whether anything is read of a feature. */
export function isKnown(number: number): boolean {
  return Object.values<number>(feature).includes(number);
}

/** Takes in one feature; what is unknown or cut is left out. */
export function readFeature(features: Features, number: number, bytes: Buffer): void {
  const reader = new FieldReader(bytes);
  if (number === feature.osRelease) set(features, 'osRelease', reader.text());
  else if (number === feature.version) set(features, 'perfVersion', reader.text());
  else if (number === feature.architecture) set(features, 'architecture', reader.text());
  else if (number === feature.commandLine) set(features, 'commandLine', reader.texts());
  else if (number === feature.eventDescription) set(features, 'events', readEvents(reader));
  else if (number === feature.directory) features.isDirectory = true;
  else if (number === feature.compressed) features.isCompressed = true;
  else if (number === feature.buildId) readBuildIds(features, bytes);
}

function set<K extends keyof Features>(features: Features, key: K, value: Features[K] | undefined): void {
  if (value !== undefined) features[key] = value;
}

function readEvents(reader: FieldReader): RecordedEvent[] | undefined {
  const count = reader.u32();
  const attrSize = reader.u32();
  if (count === undefined || attrSize === undefined || count > mostEvents) return undefined;
  const events: RecordedEvent[] = [];
  for (let i = 0; i < count; i += 1) {
    const attrBytes = reader.bytes(attrSize);
    const idCount = reader.u32();
    const name = reader.text();
    if (attrBytes === undefined || idCount === undefined || name === undefined) return undefined;
    const ids: bigint[] = [];
    for (let id = 0; id < idCount; id += 1) {
      const value = reader.u64();
      if (value === undefined) return undefined;
      ids.push(value);
    }
    const view = new DataView(attrBytes.buffer, attrBytes.byteOffset, attrBytes.length);
    events.push({ name, attr: readAttr(view, 0, attrBytes.length), ids });
  }
  return events;
}

/** A run of records of their own: `{u32 type, u16 misc, u16 size, s32 pid, u8 id[24], filename}`. */
function readBuildIds(features: Features, bytes: Buffer): void {
  let at = 0;
  while (at + buildIdName < bytes.length) {
    const size = bytes.readUInt16LE(at + 6);
    if (size <= buildIdName || at + size > bytes.length) return;
    readBuildIdRecord(features, bytes.subarray(at, at + size));
    at += size;
  }
}

/** One such record, which a pipe has among the others. */
export function readBuildIdRecord(features: Features, record: Buffer): void {
  if (record.length <= buildIdName) return;
  const said = (record.readUInt16LE(4) & sizeIsSaid) === 0 ? buildIdBytes : (record[32] ?? 0);
  const id = record.toString('hex', 12, 12 + Math.min(said, buildIdBytes));
  const name = cString(record, buildIdName);
  if (name !== '' && /[1-9a-f]/.test(id)) features.buildIds.set(name, id);
}

/** The bytes up to a NUL, one character each. */
export function cString(bytes: Buffer, from: number): string {
  const end = bytes.indexOf(0, from);
  return bytes.toString('latin1', from, end < 0 ? bytes.length : end);
}

/** Reads fields one after another; undefined where the bytes end. */
class FieldReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  u32(): number | undefined {
    return this.bytes(4)?.readUInt32LE(0);
  }

  u64(): bigint | undefined {
    return this.bytes(8)?.readBigUInt64LE(0);
  }

  bytes(size: number): Buffer | undefined {
    if (size > this.#bytes.length - this.#at) return undefined;
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }

  text(): string | undefined {
    const size = this.u32();
    const bytes = size === undefined ? undefined : this.bytes(size);
    return bytes === undefined ? undefined : cString(bytes, 0);
  }

  texts(): string[] | undefined {
    const count = this.u32();
    const texts: string[] = [];
    for (let i = 0; i < (count ?? 0); i += 1) {
      const text = this.text();
      if (text === undefined) return undefined;
      texts.push(text);
    }
    return count === undefined ? undefined : texts;
  }
}
