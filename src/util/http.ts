// HTTP/1.1 as all of this program asks: the planner, upload servers, pmproxy, whoever listens on a port. Whatever the other
// side does (silence, garbage, half an answer, an endless one), an exchange ends within its limits of time and memory.
//
// On node:http. undici has such limits of its own, but loading its bare Client and making one request costs some 70 ms of
// processor time where node:http costs 28 (and the whole of undici 200), a seventh of what `tasks invoke` takes; `fetch`
// refuses ports that a planner may well have.
import { Agent, type ClientRequest, type IncomingMessage, request as send } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { errnoOf, Interrupted, messageOf } from './errors.ts';

export interface HttpLimits {
  /** Until a connection stands. */
  readonly connectMs?: number;
  /** Until the answer begins, from when the connection stands or the last piece of the request went out. */
  readonly answerMs?: number;
  /** Between two pieces of the answer. */
  readonly idleMs?: number;
  /** Until the whole answer is here, from the beginning. */
  readonly totalMs?: number;
  /** How much of an answer is read: more is an error, or with `cut` left unread. */
  readonly mostBytes?: number;
  readonly cut?: boolean;
}

export interface HttpRequest extends HttpLimits {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | HttpBody;
  readonly signal: AbortSignal;
  /** Connections to use again; without them the exchange has a connection of its own. */
  readonly connections?: HttpConnections;
}

/** What is sent piece by piece. */
interface HttpBody {
  readonly pieces: AsyncIterable<Uint8Array>;
  readonly sizeBytes: number;
}

/** The beginning of an answer, and what follows of it; that must be read, or `close` called. */
interface HttpAnswer extends AnswerHead {
  readonly pieces: AsyncIterable<Uint8Array>;
}

interface AnswerHead {
  readonly status: number;
  /** By names in lower case; of several with one name the first, or all with commas between them. */
  readonly headers: IncomingMessage['headers'];
}

/** A whole answer. */
export interface HttpReply extends AnswerHead {
  readonly bytes: Uint8Array;
}

/** How an exchange failed. Before a connection stood nothing was sent; after that the request may have been carried out. */
export type HttpTrouble =
  /** Nobody listens there. */
  | 'refused'
  | 'no-host'
  /** No route, or no connection in time. */
  | 'unreachable'
  /** No answer, or no whole one, in time. */
  | 'no-answer'
  /** The connection ended before the whole answer was here. */
  | 'cut'
  /** What came is not HTTP. */
  | 'not-http'
  | 'too-large';

/** A failed exchange; the message says what happened, without the address. */
export class HttpError extends Error {
  readonly trouble: HttpTrouble;

  constructor(trouble: HttpTrouble, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'HttpError';
    this.trouble = trouble;
  }
}

/** Connections that stay open between requests, until `close`. */
export interface HttpConnections {
  readonly agent: Agent;
  close(): void;
}

export function keptConnections(): HttpConnections {
  const agent = new Agent({ keepAlive: true });
  return { agent, close: () => agent.destroy() };
}

/** `http://host:port`, IPv6 addresses in brackets. */
export function httpUrl(host: string, port: number): string {
  return `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`;
}

/** Asks, and reads the whole answer. @throws HttpError, or Interrupted when the signal aborts */
export async function askHttp(request: HttpRequest): Promise<HttpReply> {
  const { pieces, ...head } = await openHttp(request);
  const read: Uint8Array[] = [];
  for await (const piece of pieces) read.push(piece);
  return { ...head, bytes: Buffer.concat(read) };
}

/** Asks, and comes back when the answer begins. @throws HttpError, or Interrupted when the signal aborts */
export async function openHttp(request: HttpRequest): Promise<HttpAnswer> {
  const { method, url, headers, body, signal, connections } = request;
  if (signal.aborted) throw new Interrupted();
  const sizeBytes = body instanceof Uint8Array ? body.length : body?.sizeBytes;
  const outgoing = send(url, {
    method,
    headers: { ...headers, ...(sizeBytes === undefined ? {} : { 'Content-Length': sizeBytes }) },
    agent: connections?.agent ?? false,
  });
  const exchange = new Exchange(outgoing, request);
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.on('response', resolve);
    outgoing.on('error', (error) => reject(exchange.failure(error)));
  });
  const sent = sendBody(outgoing, body, exchange);
  // A server that refuses may answer before it has taken everything.
  sent.catch(() => undefined);
  const incoming = await answer;
  exchange.limit('no-answer', request.idleMs);
  return {
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    pieces: piecesOf(incoming, request, exchange, sent),
  };
}

async function sendBody(
  outgoing: ClientRequest,
  body: HttpRequest['body'],
  exchange: Exchange,
): Promise<void> {
  if (body === undefined || body instanceof Uint8Array) {
    outgoing.end(body);
    return;
  }
  await pipeline(
    body.pieces,
    async function* (pieces: AsyncIterable<Uint8Array>) {
      for await (const piece of pieces) {
        yield piece;
        exchange.sentMore();
      }
    },
    outgoing,
  );
}

async function* piecesOf(
  incoming: IncomingMessage,
  { mostBytes = Number.POSITIVE_INFINITY, idleMs, cut = false }: HttpLimits,
  exchange: Exchange,
  sent: Promise<void>,
): AsyncIterable<Uint8Array> {
  const tooLarge = (): HttpError =>
    new HttpError('too-large', `the answer is larger than ${Math.round(mostBytes / 1e6)} MB`);
  try {
    if (!cut && Number(incoming.headers['content-length'] ?? 0) > mostBytes) throw tooLarge();
    let sizeBytes = 0;
    const pieces: AsyncIterable<Buffer> = incoming;
    for await (const piece of pieces) {
      if (idleMs !== undefined) exchange.limit('no-answer', idleMs);
      sizeBytes += piece.length;
      if (sizeBytes > mostBytes) {
        if (!cut) throw tooLarge();
        yield piece.subarray(0, piece.length - (sizeBytes - mostBytes));
        return;
      }
      yield piece;
    }
    exchange.throwIfGivenUp();
    if (!incoming.complete) throw new HttpError('cut', 'the connection was cut');
    if ((incoming.statusCode ?? 0) < 300) await sent;
  } catch (error) {
    throw exchange.failure(error);
  } finally {
    exchange.end();
    if (!incoming.complete) incoming.destroy();
  }
}

/** The limits of one exchange, and why it ended where one of them was reached. */
class Exchange {
  readonly #outgoing: ClientRequest;
  readonly #limits: HttpLimits;
  readonly #signal: AbortSignal;
  readonly #interrupt: () => void;
  #isConnected = false;
  #hasAnswer = false;
  #why: Error | undefined;
  #timer: NodeJS.Timeout | undefined;
  #total: NodeJS.Timeout | undefined;

  constructor(outgoing: ClientRequest, { signal, ...limits }: HttpLimits & { readonly signal: AbortSignal }) {
    this.#outgoing = outgoing;
    this.#limits = limits;
    this.#signal = signal;
    this.#interrupt = () => this.#give(new Interrupted());
    signal.addEventListener('abort', this.#interrupt, { once: true });
    const { totalMs = 0, connectMs } = limits;
    if (isTimer(totalMs)) this.#total = setTimeout(() => this.#give(tooSlow(totalMs)), totalMs);
    this.limit('unreachable', connectMs);
    outgoing.on('socket', (socket) => {
      const connected = (): void => {
        this.#isConnected = true;
        this.limit('no-answer', limits.answerMs);
      };
      if (socket.connecting) socket.once('connect', connected);
      else connected();
    });
    outgoing.on('response', () => {
      this.#hasAnswer = true;
    });
  }

  /** Starts the time that the next thing may take, in place of the one before. */
  limit(trouble: 'unreachable' | 'no-answer', ms = 0): void {
    clearTimeout(this.#timer);
    const why = (): HttpError =>
      trouble === 'unreachable' ? new HttpError(trouble, `no connection within ${ms} ms`) : tooSlow(ms);
    this.#timer = isTimer(ms) ? setTimeout(() => this.#give(why()), ms) : undefined;
  }

  sentMore(): void {
    if (!this.#hasAnswer) this.limit('no-answer', this.#limits.answerMs);
  }

  /** For an answer that only the end of the connection ends: to Node it is whole, whoever ended the connection. */
  throwIfGivenUp(): void {
    if (this.#why !== undefined) throw this.#why;
  }

  /** What became of the exchange, when an error has ended it. */
  failure(error: unknown): unknown {
    const why = this.#why ?? error;
    this.end();
    if (why instanceof HttpError || why instanceof Interrupted) return why;
    const errno = errnoOf(why) ?? '';
    if (errno.startsWith('HPE_')) return new HttpError('not-http', 'it does not speak HTTP', why);
    if (this.#isConnected) {
      const isCut = ['ECONNRESET', 'EPIPE'].includes(errno);
      return new HttpError('cut', isCut ? 'the connection was cut' : messageOf(why), why);
    }
    if (errno === 'ECONNREFUSED')
      return new HttpError('refused', 'connection refused, nobody listens there', why);
    if (errno === 'ENOTFOUND' || errno === 'EAI_AGAIN') return new HttpError('no-host', 'no such host', why);
    return new HttpError('unreachable', messageOf(why) || errno, why);
  }

  end(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#total);
    this.#signal.removeEventListener('abort', this.#interrupt);
  }

  #give(why: Error): void {
    this.#why = why;
    this.#outgoing.destroy(why);
  }
}

/** Node takes a longer time for none at all. */
function isTimer(ms: number): boolean {
  return ms > 0 && ms < 2 ** 31;
}

function tooSlow(ms: number): HttpError {
  return new HttpError('no-answer', `no whole answer within ${ms / 1000} s`);
}
