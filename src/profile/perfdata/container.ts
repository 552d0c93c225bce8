/**
 * The containers that `perf record` writes. Spec: tools/perf/Documentation/perf.data-file-format.txt and
 * perf.data-directory-format.txt in the Linux sources.
 *
 *     0  u64 "PERFILE2" · u64 header size (104; 16 for a pipe) · u64 size of an attrs entry
 *    24  {u64 offset, size} attrs · 40 data · 56 event types (unused) · 72 u64[4] bits of the features
 *        after the data: {u64 offset, size} for each feature, in the order of their bits
 *
 * Traps:
 * - A recording that did not end has a data size of 0 and no features: it goes on to the end of the file.
 * - A pipe has no sections: attrs, features and build ids are records among the others.
 * - A directory holds `data` (the above) and `data.0` … (records alone).
 */
import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, TaskError } from '../../util/errors.ts';
import { openRegularFile } from '../../util/regular-file.ts';
import { type EventAttr, readAttr } from './attr.ts';
import { type Features, isKnown, type RecordedEvent, readFeature } from './features.ts';
import { PagedFile, type RecordBytes, StreamedBytes } from './page-bytes.ts';

/** A recording, opened. */
export interface Container {
  readonly spaces: readonly RecordBytes[];
  /** Where records begin in the first space (they begin at 0 in the others). */
  readonly start: number;
  readonly isPipe: boolean;
  /** Events with their names; filled by records later when the recording is a pipe. */
  readonly events: readonly RecordedEvent[];
  readonly features: Features;
  /** The recording did not end, or the file was cut. */
  readonly isTruncated: boolean;
  close(): void;
}

const magic = 'PERFILE2';
const fileHeaderBytes = 104;
const pipeHeaderBytes = 16;
const featureBits = 256;
/** Attrs and features beyond this are not a perf.data file's. */
const mostBytes = 1 << 28;

interface Section {
  readonly offset: number;
  readonly size: number;
}

/** Opens a perf.data file or directory. @throws TaskError for what is neither. */
export function openContainer(path: string, displayName: string): Container {
  try {
    return statSync(path).isDirectory() ? openFolder(path, displayName) : openFile(path, displayName);
  } catch (error) {
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: 'it does not exist',
      EACCES: 'permission denied',
    };
    const why = reasons[errnoOf(error) ?? ''];
    if (why === undefined) throw error;
    throw new TaskError(`Could not read ${displayName}: ${why}`, { cause: error });
  }
}

/** A recording that comes through a pipe. @throws TaskError for another format. */
export async function openStream(chunks: AsyncIterable<Uint8Array>, displayName: string): Promise<Container> {
  const iterator = chunks[Symbol.asyncIterator]();
  const bytes = new StreamedBytes(async () => {
    const next = await iterator.next();
    return next.done === true ? undefined : Uint8Array.from(next.value);
  });
  const head = Buffer.alloc(pipeHeaderBytes);
  if ((await bytes.fill(head.length)) < head.length) throw tooShort(displayName);
  bytes.copy(0, head.length, head);
  if (headerSize(head, displayName) !== pipeHeaderBytes) {
    throw new TaskError(`Could not read ${displayName}: a perf.data file cannot be read through a pipe`, {
      hints: ['Name the file, or record for a pipe: perf record -o - …'],
    });
  }
  const features: Features = { buildIds: new Map() };
  const common = { start: pipeHeaderBytes, isPipe: true, events: [], features, isTruncated: false };
  return { ...common, spaces: [bytes], close: () => void iterator.return?.() };
}

function openFile(path: string, displayName: string): Container {
  const fd = openSync(path, 'r');
  try {
    return { ...readContainer(fd, displayName), close: () => closeSync(fd) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function openFolder(path: string, displayName: string): Container {
  const main = openFile(join(path, 'data'), displayName);
  const names = readdirSync(path).filter((name) => /^data\.\d+$/.test(name));
  const numbered = names.sort((a, b) => Number(a.slice(5)) - Number(b.slice(5)));
  const files = numbered.map((name) => openRegularFile(join(path, name)));
  const parts = files.map(({ fd, stats }) => new PagedFile(fd, 0, stats.size));
  const close = () => {
    main.close();
    for (const { fd } of files) closeSync(fd);
  };
  return { ...main, spaces: [...main.spaces, ...parts], close };
}

function readContainer(fd: number, displayName: string): Omit<Container, 'close'> {
  const fileSize = fstatSync(fd).size;
  const head = read(fd, { offset: 0, size: Math.min(fileHeaderBytes, fileSize) });
  const features: Features = { buildIds: new Map() };
  if (headerSize(head, displayName) === pipeHeaderBytes) {
    const spaces = [new PagedFile(fd, 0, fileSize)];
    return { spaces, start: pipeHeaderBytes, isPipe: true, events: [], features, isTruncated: false };
  }
  if (head.length < fileHeaderBytes) throw tooShort(displayName);
  const data = section(head, 40);
  const wasEnded = data.size > 0;
  const start = Math.min(data.offset, fileSize);
  const end = wasEnded ? Math.min(data.offset + data.size, fileSize) : fileSize;
  const isTruncated = !wasEnded || data.offset + data.size > fileSize;
  if (!isTruncated) readFeatures(fd, head, data, fileSize, features);
  const described = features.events;
  const events = described ?? readAttrs(fd, head, fileSize, displayName);
  return { spaces: [new PagedFile(fd, 0, end)], start, isPipe: false, events, features, isTruncated };
}

/** The header's size, which tells a pipe from a file. @throws TaskError for another format or byte order */
function headerSize(head: Buffer, displayName: string): number {
  if (head.length < pipeHeaderBytes) throw tooShort(displayName);
  const name = head.toString('latin1', 0, 8);
  const reversed = [...magic].reverse().join('');
  if (name === reversed || name === 'PERFFILE') {
    const why =
      name === reversed
        ? 'it was recorded on a machine of the other byte order'
        : 'it was written by a perf of 2009 or before';
    throw new TaskError(`Could not read ${displayName}: ${why}`, {
      hints: ['Print it there: perf script --no-inline > out.txt, and read that'],
    });
  }
  if (name !== magic) throw new TaskError(`Could not read ${displayName}: it is not a perf.data file`);
  return Number(head.readBigUInt64LE(8));
}

function tooShort(displayName: string): TaskError {
  return new TaskError(`Could not read ${displayName}: it ends within the header of a perf.data file`);
}

function section(head: Buffer, at: number): Section {
  return { offset: Number(head.readBigUInt64LE(at)), size: Number(head.readBigUInt64LE(at + 8)) };
}

function readAttrs(fd: number, head: Buffer, fileSize: number, displayName: string): RecordedEvent[] {
  const entry = Number(head.readBigUInt64LE(16));
  const attrs = section(head, 24);
  const isWhole = attrs.offset + attrs.size <= fileSize && attrs.size <= mostBytes;
  if (entry < 32 || entry > 1 << 16 || !isWhole) {
    throw new TaskError(
      `Could not read ${displayName}: its header says nothing of the events that were recorded`,
    );
  }
  const bytes = read(fd, attrs);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const events: RecordedEvent[] = [];
  // Each id belongs to one event, so that together they are no more than the file holds.
  let room = Math.min(fileSize, mostBytes);
  for (let at = 0; at + entry <= bytes.length; at += entry) {
    const attr: EventAttr = readAttr(view, at, entry - 16);
    const idSection = section(bytes, at + entry - 16);
    const hasIds = idSection.offset + idSection.size <= fileSize && idSection.size <= room;
    if (hasIds) room -= idSection.size;
    const idBytes = hasIds ? read(fd, idSection) : Buffer.alloc(0);
    const ids = Array.from({ length: idBytes.length >> 3 }, (_, i) => idBytes.readBigUInt64LE(i * 8));
    events.push({ name: undefined, attr, ids });
  }
  return events;
}

function readFeatures(fd: number, head: Buffer, data: Section, fileSize: number, features: Features): void {
  let at = data.offset + data.size;
  for (let bit = 0; bit < featureBits; bit += 1) {
    if (((head[72 + (bit >> 3)] ?? 0) & (1 << (bit & 7))) === 0) continue;
    if (at + 16 > fileSize) return;
    const place = section(read(fd, { offset: at, size: 16 }), 0);
    at += 16;
    const isWhole = place.offset + place.size <= fileSize && place.size <= mostBytes;
    if (isWhole && isKnown(bit)) readFeature(features, bit, read(fd, place));
  }
}

function read(fd: number, { offset, size }: Section): Buffer {
  const bytes = Buffer.alloc(size);
  let done = 0;
  while (done < size) {
    const got = readSync(fd, bytes, done, size - done, offset + done);
    if (got === 0) break;
    done += got;
  }
  return bytes.subarray(0, done);
}
