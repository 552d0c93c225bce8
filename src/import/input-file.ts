import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { addAbortSignal } from 'node:stream';
import { setImmediate as yieldToEvents } from 'node:timers/promises';
import { fileChunks } from '../profile/file-chunks.ts';
import { errnoOf, TaskError } from '../util/errors.ts';

/** Bytes somebody named on the command line: a file, a pipe, or stdin as `-`. */
export interface InputFile {
  /** For messages. */
  readonly displayName: string;
  /** Absolute; undefined for stdin. */
  readonly path: string | undefined;
  /** The first bytes of a regular file, for telling formats apart; empty otherwise. */
  readonly head: Uint8Array;
  /** Pieces from the start; each is valid until the next one is asked for. */
  chunks(): AsyncIterable<Uint8Array>;
}

const CHUNKS_PER_YIELD = 64;
/** Enough to see some lines of a text. */
export const HEAD_BYTES = 4096;

/** Opens an input. @throws TaskError saying what is wrong with the file. */
export async function inputFile(name: string, cwd: string, signal: AbortSignal): Promise<InputFile> {
  if (name === '-') {
    return {
      displayName: 'stdin',
      path: undefined,
      head: new Uint8Array(),
      chunks: () => addAbortSignal(signal, process.stdin),
    };
  }
  const path = resolve(cwd, name);
  try {
    const file = await open(path, constants.O_RDONLY);
    const found = await file.stat();
    if (found.isDirectory()) {
      await file.close();
      throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
    }
    if (!found.isFile())
      return { displayName: name, path, head: new Uint8Array(), chunks: () => file.createReadStream() };
    const head = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    await file.close();
    return {
      displayName: name,
      path,
      head: head.subarray(0, bytesRead),
      chunks: () => readFrom(path, signal),
    };
  } catch (error) {
    throw cannotRead(name, error);
  }
}

/** The same input with its first bytes known, also where it is a pipe. */
export async function withHead(input: InputFile): Promise<InputFile> {
  if (input.head.length > 0) return input;
  const iterator = input.chunks()[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  for (let known = 0; known < HEAD_BYTES; known += first.at(-1)?.length ?? 0) {
    const next = await iterator.next();
    if (next.done === true) break;
    first.push(Uint8Array.from(next.value));
  }
  const chunks = async function* (): AsyncIterable<Uint8Array> {
    yield* first;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  };
  return { ...input, path: undefined, head: Buffer.concat(first).subarray(0, HEAD_BYTES), chunks };
}

/** Reads synchronously, which is several times faster than a stream, but lets Ctrl-C in every few megabytes. */
async function* readFrom(path: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
  let untilYield = CHUNKS_PER_YIELD;
  for (const chunk of fileChunks(path)) {
    yield chunk;
    untilYield -= 1;
    if (untilYield > 0) continue;
    untilYield = CHUNKS_PER_YIELD;
    await yieldToEvents();
    signal.throwIfAborted();
  }
}

/** The failure of reading a file that somebody named. */
export function cannotRead(
  name: string,
  error: unknown,
  hints: readonly string[] = ['Name a file, or - for stdin.'],
): TaskError {
  const why: Readonly<Record<string, string>> = {
    ENOENT: 'it does not exist',
    EISDIR: 'it is a folder',
    EACCES: 'permission denied',
  };
  const what = why[errnoOf(error) ?? ''] ?? (error instanceof Error ? error.message : String(error));
  return new TaskError(`Could not read ${name}: ${what}`, { cause: error, hints });
}
