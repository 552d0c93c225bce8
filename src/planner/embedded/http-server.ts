import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Endpoint, Reply } from './endpoint.ts';

/** What a planner's replies carry. */
const HEADERS: Readonly<Record<string, string>> = {
  Server: 'Planner endpoint',
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Methods': 'GET,POST,PUT,OPTIONS',
  'Access-Control-Allow-Headers': 'User-Agent,Content-Type',
  'Content-Type': 'text/plain',
};

const MOST_BODY_BYTES = 64 * 1024 * 1024;
/** Bodies of all requests that are being received. */
const MOST_RECEIVED_BYTES = 256 * 1024 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_MS = 60_000;
const MOST_CONNECTIONS = 2000;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The HTTP side of the planner, not yet listening. `onBug` hears of what should never happen. */
export function plannerServer(endpoint: Endpoint, onBug: (error: unknown) => void): Server {
  const received = { bytes: 0 };
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: HEADERS_TIMEOUT_MS,
    },
    (request, response) => {
      void answer(endpoint, request, received).then(
        (reply) => send(response, reply),
        (error: unknown) => {
          if (request.destroyed && !request.complete) return;
          onBug(error);
          send(response, { status: 500, body: 'Internal error' });
        },
      );
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  return server;
}

async function answer(
  endpoint: Endpoint,
  request: IncomingMessage,
  received: { bytes: number },
): Promise<Reply> {
  // A page from elsewhere could otherwise have this machine run functions: text/plain needs no permission in a browser.
  if (isForeignPage(request.headers.origin)) {
    request.resume();
    return { status: 403, body: 'Requests of web pages from elsewhere are refused' };
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request) {
      if (!(chunk instanceof Uint8Array)) continue;
      bytes += chunk.length;
      received.bytes += chunk.length;
      if (bytes > MOST_BODY_BYTES) return { status: 413, body: 'Request is too big' };
      if (received.bytes > MOST_RECEIVED_BYTES) return { status: 503, body: 'Too many requests at once' };
      chunks.push(chunk);
    }
    return await endpoint.reply(textOf(chunks));
  } finally {
    received.bytes -= bytes;
  }
}

/** No JSON where the body is no UTF-8. */
function textOf(chunks: readonly Uint8Array[]): string {
  try {
    return utf8.decode(Buffer.concat(chunks));
  } catch {
    return '\uFFFD';
  }
}

function send(response: ServerResponse, { status, body }: Reply): void {
  const bytes = Buffer.from(body);
  response.sendDate = false;
  const isRefused = status === 413 || status === 503 || status === 403;
  // A planner names no Connection header, and keeps the connection.
  if (isRefused) response.setHeader('Connection', 'close');
  else response.removeHeader('Connection');
  response.writeHead(status, { ...HEADERS, 'Content-Length': bytes.length });
  response.end(bytes);
}

/** Whether a host name or address can only mean this machine: 127.0.0.0/8, ::1, localhost. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (name === 'localhost' || name === '::1') return true;
  return /^127(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(name);
}

/** Whether a request comes from a web page that this machine does not serve itself (its `Origin` header). */
export function isForeignPage(origin: string | undefined): boolean {
  if (origin === undefined) return false;
  return !URL.canParse(origin) || !isLoopback(new URL(origin).hostname);
}
