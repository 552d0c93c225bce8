import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { loadSettings } from '../../faasm/settings.ts';
import { cannotRead } from '../../import/input-file.ts';
import type { Command } from '../../process/child.ts';
import { runSteps, type Step, type StepIo } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { assertWritable, writeFileAtomic } from '../../util/atomic-write.ts';
import { TaskError } from '../../util/errors.ts';
import { askHttp, HttpError, httpUrl, openHttp } from '../../util/http.ts';
import type { UploadServerArgs } from './upload-params.ts';

// Files to and from an upload server, in pieces: neither side's memory holds a whole one.

/** The server compiles what it is given before it answers, which takes minutes for a big function. */
const ANSWER_MS = 15 * 60_000;
const CONNECT_MS = 10_000;
/** How much of a refusal is shown. */
const MOST_TEXT = 16_384;

/** The URL of one thing on an upload server: a function (f), a Python function (p) or a value of the state (s). */
export async function uploadUrl(
  kind: 'f' | 'p' | 's',
  [user, name]: readonly [user: string, name: string],
  args: UploadServerArgs,
  context: TaskContext,
): Promise<string> {
  return `${await uploadServer(args, context)}/${kind}/${encodeURIComponent(user)}/${encodeURIComponent(name)}`;
}

/** Where an upload server listens: flags, environment, faasm.ini, else this machine. */
export async function uploadServer(args: UploadServerArgs, context: TaskContext): Promise<string> {
  const settings = await loadSettings(context);
  const host = args.uploadHost ?? settings.value('uploadHost') ?? '127.0.0.1';
  return httpUrl(host, args.uploadPort ?? settings.value('uploadPort') ?? 8002);
}

/** One file on its way to or from an upload server. */
export interface Transfer {
  readonly way: 'upload' | 'download';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The file of this machine as a person wrote it. */
  readonly file: string;
}

/** The curl line that does the same. */
export function curlLine({ way, url, headers = {}, file }: Transfer): Command['argv'] {
  const flags = Object.entries(headers).flatMap(([key, value]) => ['-H', `${key}: ${value}`]);
  return way === 'upload'
    ? ['curl', '-X', 'PUT', url, '-T', file, ...flags]
    : ['curl', '-X', 'GET', url, '-o', file, ...flags];
}

/** What is said of a moved file. */
interface Told {
  /** What it is on the server. */
  readonly name: string;
  readonly why: string;
  /** Where an uploaded file is now: `is at URL`. */
  readonly arrived: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * Moves one file, a download whole or not at all, and says what went where.
 *
 * @throws TaskError with what the server says when it refuses.
 */
export async function moveFile(transfer: Transfer, told: Told, context: TaskContext): Promise<void> {
  const { way, url, file } = transfer;
  const { name, why, arrived, data } = told;
  const path = resolve(context.cwd, file);
  const move: Step = {
    title: way === 'upload' ? `Upload ${file} as ${name}` : `Download ${name} to ${file}`,
    why,
    inputs: way === 'upload' ? [path] : [],
    outputs: [way === 'upload' ? url : path],
    commands: [{ argv: curlLine(transfer) }],
  };
  const sizeBytes = await runSteps([move], context, async (step) => {
    return await step(move, async (io) => await (way === 'upload' ? putFile : getFile)(transfer, path, io));
  });
  if (sizeBytes === undefined) return;
  const text =
    way === 'upload' ? `${file} ${arrived} (${sizeBytes} bytes)` : `${file}: ${sizeBytes} bytes of ${name}`;
  context.output.result(text, { ...data, file, url, sizeBytes });
}

/** Sends a file as the body of a PUT. @returns its size. @throws TaskError when it is not taken. */
export async function putFile(
  { url, headers, file: name }: Transfer,
  path: string,
  io: StepIo,
): Promise<number> {
  const hints = ['Name the file to upload.'];
  const file = await open(path).catch((error: unknown) => {
    throw cannotRead(name, error, hints);
  });
  try {
    const found = await file.stat();
    const sizeBytes = found.size;
    if (!found.isFile()) throw cannotRead(name, new Error('it is not a file'), hints);
    const pieces = file.createReadStream({ autoClose: false, end: Math.max(0, sizeBytes - 1) });
    const { status, bytes } = await askHttp({
      method: 'PUT',
      url,
      ...(headers === undefined ? {} : { headers }),
      body: { pieces: counted(pieces, sizeBytes, name, io), sizeBytes },
      signal: io.signal,
      connectMs: CONNECT_MS,
      answerMs: ANSWER_MS,
      idleMs: ANSWER_MS,
      mostBytes: MOST_TEXT,
      cut: true,
    });
    if (status < 200 || status >= 300) throw refusal(`upload ${name}`, url, status, bytes);
    return sizeBytes;
  } catch (error) {
    throw explained(error, `upload ${name}`, url);
  } finally {
    await file.close();
  }
}

/** Writes what a GET answers to a file, whole or not at all. @returns its size. @throws TaskError when there is none. */
async function getFile({ url, headers, file: name }: Transfer, path: string, io: StepIo): Promise<number> {
  await assertWritable(path, name);
  try {
    const answer = await openHttp({
      method: 'GET',
      url,
      ...(headers === undefined ? {} : { headers }),
      signal: io.signal,
      connectMs: CONNECT_MS,
      answerMs: ANSWER_MS,
      idleMs: ANSWER_MS,
    });
    if (answer.status < 200 || answer.status >= 300) {
      const text = await beginningOf(answer.pieces);
      throw refusal(`download ${name}`, url, answer.status, text);
    }
    const length = answer.headers['content-length'];
    let sizeBytes = 0;
    const measured = async function* (): AsyncIterable<Uint8Array> {
      for await (const piece of answer.pieces) {
        sizeBytes += piece.length;
        yield piece;
      }
    };
    const total = length === undefined ? undefined : Number(length);
    await writeFileAtomic(path, counted(measured(), total, name, io), io.signal, name);
    return sizeBytes;
  } catch (error) {
    throw explained(error, `download ${name}`, url);
  }
}

/** Pieces on their way, each told as progress. */
async function* counted(
  pieces: AsyncIterable<Uint8Array>,
  total: number | undefined,
  file: string,
  io: StepIo,
): AsyncIterable<Uint8Array> {
  let done = 0;
  for await (const piece of pieces) {
    done += piece.length;
    const text =
      total === undefined || total === 0 ? `${done} bytes` : `${Math.floor((100 * done) / total)} %`;
    io.progress({ done, total, secondsLeft: undefined, file, text });
    yield piece;
  }
}

async function beginningOf(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const read: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of pieces) {
    read.push(piece);
    sizeBytes += piece.length;
    if (sizeBytes >= MOST_TEXT) break;
  }
  return Buffer.concat(read).subarray(0, MOST_TEXT);
}

function refusal(what: string, url: string, status: number, text: Uint8Array): TaskError {
  return new TaskError(`Could not ${what}: ${url} answered HTTP ${status}`, {
    detail: Buffer.from(text).toString().trim(),
  });
}

function explained(error: unknown, what: string, url: string): unknown {
  if (!(error instanceof HttpError)) return error;
  return new TaskError(`Could not ${what}: ${url}: ${error.message}`, {
    hints: [
      'Where the upload server is: UPLOAD_HOST and UPLOAD_PORT, faasm.ini, or --upload-host and --upload-port.',
      'A Faasm checkout starts one: docker compose up -d upload',
    ],
    cause: error,
  });
}
