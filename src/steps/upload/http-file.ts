import { open } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { cannotRead } from '../../import/input-file.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { errnoOf, messageOf, TaskError } from '../../util/errors.ts';

// Files to and from an upload server, in pieces: neither side's memory holds a whole one.

/** The server compiles what it is given before it answers, which takes minutes for a big function. */
const ANSWER_MS = 15 * 60_000;
const CONNECT_MS = 10_000;
const MOST_WORDS = 16_384;

interface Transfer {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Absolute. */
  readonly path: string;
  /** The file as a person wrote it. */
  readonly displayName: string;
  readonly signal: AbortSignal;
  readonly onBytes?: (done: number, total: number | undefined) => void;
}

/** Sends a file as the body of a PUT. @returns its size. @throws TaskError when it is not taken. */
export async function putFile({
  url,
  headers,
  path,
  displayName,
  signal,
  onBytes,
}: Transfer): Promise<number> {
  const file = await open(path).catch((error: unknown) => {
    throw cannotRead(displayName, error, ['Name the file to upload.']);
  });
  try {
    const found = await file.stat();
    if (!found.isFile())
      throw cannotRead(displayName, new Error('it is not a file'), ['Name the file to upload.']);
    const outgoing = request(url, {
      method: 'PUT',
      headers: { ...headers, 'content-length': found.size },
      signal,
    });
    const answer = answerTo(outgoing);
    let done = 0;
    const counted = async function* (chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
      for await (const chunk of chunks) {
        done += chunk.length;
        onBytes?.(done, found.size);
        yield chunk;
      }
    };
    const sent = pipeline(
      file.createReadStream({ autoClose: false, end: Math.max(0, found.size - 1) }),
      counted,
      outgoing,
    );
    // A server that refuses may answer before it has taken everything.
    sent.catch(() => undefined);
    const incoming = await answer;
    const words = await firstWords(incoming);
    if (isRefusal(incoming)) throw refusal(`upload ${displayName}`, url, incoming, words);
    await sent;
    return found.size;
  } catch (error) {
    throw explained(error, `upload ${displayName}`, url, signal);
  } finally {
    await file.close();
  }
}

/** Writes what a GET answers to a file, whole or not at all. @returns its size. @throws TaskError when there is none. */
export async function getFile({
  url,
  headers,
  path,
  displayName,
  signal,
  onBytes,
}: Transfer): Promise<number> {
  let done = 0;
  try {
    const outgoing = request(url, { method: 'GET', signal, ...(headers === undefined ? {} : { headers }) });
    const answer = answerTo(outgoing);
    outgoing.end();
    const incoming = await answer;
    if (isRefusal(incoming)) {
      throw refusal(`download ${displayName}`, url, incoming, await firstWords(incoming));
    }
    const length = incoming.headers['content-length'];
    const counted = async function* (chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
      for await (const chunk of chunks) {
        done += chunk.length;
        onBytes?.(done, length === undefined ? undefined : Number(length));
        yield chunk;
      }
    };
    await writeFileAtomic(path, counted(incoming), signal, displayName);
  } catch (error) {
    throw explained(error, `download ${displayName}`, url, signal);
  }
  return done;
}

async function answerTo(outgoing: ClientRequest): Promise<IncomingMessage> {
  return await new Promise((resolve, reject) => {
    const slow = (what: string) => (): void => {
      outgoing.destroy(Object.assign(new Error(what), { code: 'ETIMEDOUT' }));
    };
    outgoing.setTimeout(ANSWER_MS, slow('it does not answer'));
    const connecting = setTimeout(slow('it cannot be reached'), CONNECT_MS);
    outgoing.on('socket', (socket) => socket.on('connect', () => clearTimeout(connecting)));
    outgoing.on('close', () => clearTimeout(connecting));
    outgoing.on('response', resolve);
    outgoing.on('error', reject);
  });
}

function isRefusal({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode < 200 || statusCode >= 300;
}

/** The beginning of an answer's text. */
async function firstWords(incoming: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of incoming) {
    if (text.length < MOST_WORDS) text += String(chunk);
  }
  return text.slice(0, MOST_WORDS).trim();
}

function refusal(what: string, url: string, { statusCode }: IncomingMessage, words: string): TaskError {
  return new TaskError(`Could not ${what}: ${url} answered HTTP ${statusCode}`, {
    detail: words,
    hints: [],
  });
}

function explained(error: unknown, what: string, url: string, signal: AbortSignal): unknown {
  if (error instanceof TaskError || signal.aborted) return error;
  const reasons: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nothing listens there',
    ENOTFOUND: 'there is no such host',
    EAI_AGAIN: 'the name of the host could not be looked up',
    ECONNRESET: 'the connection broke',
    EPIPE: 'the connection broke',
    EHOSTUNREACH: 'the host cannot be reached',
  };
  const why = reasons[errnoOf(error) ?? ''] ?? messageOf(error);
  return new TaskError(`Could not ${what}: ${url}: ${why}`, {
    hints: [
      'Where the upload server is: UPLOAD_HOST and UPLOAD_PORT, faasm.ini, or --upload-host and --upload-port.',
      'A Faasm checkout starts one: docker compose up -d upload',
    ],
    cause: error,
  });
}
