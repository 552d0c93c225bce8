import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { trusted } from '../../src/util/brand.ts';

/** How a replaying server answers one request. */
export type Answer =
  | {
      readonly status: number;
      readonly body: string | Uint8Array;
      readonly headers?: Readonly<Record<string, string>>;
      /** Before the answer begins. */
      readonly delayMs?: number;
      /** Sends the body in so many pieces, a turn of the event loop apart. */
      readonly pieces?: number;
    }
  /** Takes the request and says nothing, for ever. */
  | 'hang'
  /** Takes the request and ends the connection. */
  | 'drop'
  /** Announces a whole body, sends a part of it and ends the connection. */
  | { readonly half: string }
  /** Begins a body and never ends it. */
  | { readonly drip: string };

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface ReplayServer {
  readonly port: number;
  readonly received: readonly Received[];
  /** Ends all connections and frees the port. */
  close(): Promise<void>;
}

/** Plays a planner or worker on a free port of loopback: each request is answered as the script says, and kept. */
export async function replayServer(
  script: (request: Received, index: number) => Answer,
  port = 0,
): Promise<ReplayServer> {
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url = '', headers } = incoming;
      const request = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') };
      received.push(request);
      void answer(outgoing, script(request, received.length - 1));
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { port: trusted<AddressInfo>(server.address()).port, received, close };
}

async function answer(outgoing: ServerResponse, how: Answer): Promise<void> {
  if (how === 'hang') return;
  if (how === 'drop') {
    outgoing.socket?.destroy();
    return;
  }
  if ('half' in how) {
    outgoing.writeHead(200, { 'Content-Length': Buffer.byteLength(how.half) * 2 });
    outgoing.write(how.half, () => outgoing.socket?.destroy());
    return;
  }
  if ('drip' in how) {
    outgoing.writeHead(200);
    outgoing.write(how.drip);
    return;
  }
  const { status, headers = plannerHeaders, delayMs, pieces = 1 } = how;
  const body = Buffer.from(how.body);
  if (delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, delayMs));
  outgoing.writeHead(status, { ...headers, 'Content-Length': body.length });
  for (let piece = 0; piece < pieces; piece++) {
    const [from, to] = [piece, piece + 1].map((part) => Math.floor((part * body.length) / pieces));
    outgoing.write(body.subarray(from, to));
    if (pieces > 1) await new Promise(setImmediate);
  }
  outgoing.end();
}

const plannerHeaders = { 'Content-Type': 'text/plain', Server: 'Planner endpoint' };

/** 200 with JSON, as a planner would. */
export function ok(body: unknown): Answer {
  return { status: 200, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

/** A planner's no. */
export function no(status: number, body: string): Answer {
  return { status, body };
}
