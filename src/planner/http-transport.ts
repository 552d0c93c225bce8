import { Agent, type IncomingMessage, request } from 'node:http';
import type { TcpNetConnectOpts } from 'node:net';
import { errnoOf, Interrupted, messageOf } from '../util/errors.ts';
import { ClusterError } from './cluster-error.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface HttpReply {
  readonly status: number;
  /** Who answers: `Planner endpoint` and the like. Empty where the server does not say. */
  readonly server: string;
  readonly bytes: Uint8Array;
}

export interface PostOptions {
  /** Until the answer begins, from when the connection stands; 0 is no limit. All of it may take ten times as long. */
  readonly timeoutMs?: number;
  /** A connection of its own, so that a kept one that went stale cannot make the outcome doubtful. */
  readonly onOwnConnection?: boolean;
}

export interface Transport {
  readonly address: Address;
  /** Sends one JSON body and reads one whole answer, or throws a {@link ClusterError} that says how far it came. */
  post(body: string, options?: PostOptions): Promise<HttpReply>;
  close(): void;
}

interface TransportLimits {
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly largestAnswerBytes: number;
}

/** POST to `/` over kept-alive connections. Bounded in time and memory whatever the other side does. */
export function openTransport(address: Address, limits: TransportLimits, signal: AbortSignal): Transport {
  const sockets = { autoSelectFamily: true } satisfies Partial<TcpNetConnectOpts>;
  const kept = new Agent({ keepAlive: true, ...sockets });
  const once = new Agent(sockets);
  return {
    address,
    post: (body, options = {}) => {
      const agent = options.onOwnConnection === true ? once : kept;
      return send(address, body, { ...limits, ...options, agent, signal });
    },
    close() {
      kept.destroy();
      once.destroy();
    },
  };
}

/** `http://host:port`, IPv6 addresses in brackets. */
export function urlOf({ host, port }: Address): string {
  return `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`;
}

interface OnePost extends TransportLimits, PostOptions {
  readonly agent: Agent;
  readonly signal: AbortSignal;
}

function send(address: Address, body: string, how: OnePost): Promise<HttpReply> {
  const { connectTimeoutMs, largestAnswerBytes, signal } = how;
  const timeoutMs = how.timeoutMs ?? how.requestTimeoutMs;
  const where = urlOf(address);
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new Interrupted());
      return;
    }
    let isConnected = false;
    let timer: NodeJS.Timeout | undefined;
    const payload = Buffer.from(body);
    const outgoing = request({
      agent: how.agent,
      host: address.host.replace(/^\[(.*)\]$/, '$1'),
      port: address.port,
      method: 'POST',
      path: '/',
      headers: { 'Content-Type': 'application/json', 'Content-Length': payload.length },
    });
    const settle = (act: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', interrupt);
      act();
    };
    const fail = (error: Error) => {
      settle(() => reject(error));
      outgoing.destroy();
    };
    const interrupt = () => fail(new Interrupted());
    signal.addEventListener('abort', interrupt, { once: true });

    const limit = (ms: number, error: () => ClusterError) => {
      clearTimeout(timer);
      // Node takes a longer time for none at all.
      timer = ms === 0 || ms >= 2 ** 31 ? undefined : setTimeout(() => fail(error()), ms);
    };
    const connected = () => {
      isConnected = true;
      limit(timeoutMs, () => noAnswer(where, timeoutMs));
    };
    limit(connectTimeoutMs, () => unreachable(where, `no connection within ${connectTimeoutMs} ms`));
    outgoing.on('socket', (socket) => {
      if (socket.connecting) socket.once('connect', connected);
      else connected();
    });
    outgoing.on('error', (error) => fail(isConnected ? lost(where, error) : notConnected(where, error)));
    outgoing.on('response', (incoming) => {
      limit(timeoutMs * 10, () => noAnswer(where, timeoutMs * 10));
      const tooLarge = () => answerTooLarge(where, largestAnswerBytes);
      if (Number(incoming.headers['content-length'] ?? 0) > largestAnswerBytes) {
        fail(tooLarge());
        return;
      }
      const chunks: Uint8Array[] = [];
      let sizeBytes = 0;
      incoming.on('data', (chunk: Buffer) => {
        sizeBytes += chunk.length;
        if (sizeBytes > largestAnswerBytes) fail(tooLarge());
        else chunks.push(chunk);
      });
      incoming.on('error', (error) => fail(lost(where, error)));
      incoming.on('end', () => {
        if (incoming.complete) settle(() => resolve(replyOf(incoming, chunks)));
        else fail(lost(where, new Error('half an answer')));
      });
    });
    outgoing.end(payload);
  });
}

function replyOf(incoming: IncomingMessage, chunks: readonly Uint8Array[]): HttpReply {
  return {
    status: incoming.statusCode ?? 0,
    server: String(incoming.headers['server'] ?? ''),
    bytes: Buffer.concat(chunks),
  };
}

function notConnected(where: string, error: Error): ClusterError {
  const errno = errnoOf(error);
  if (errno === 'ECONNREFUSED') {
    return new ClusterError('refused', `asking ${where}: connection refused, nobody listens there`, {
      hints: [
        'Start a planner on this machine: tasks planner.start --background',
        'Or say where yours is: --planner-host, --planner-port (tasks config shows what is set)',
      ],
      cause: error,
    });
  }
  return unreachable(
    where,
    errno === 'ENOTFOUND' ? 'no such host' : messageOf(error) || String(errno),
    error,
  );
}

function unreachable(where: string, what: string, cause?: Error): ClusterError {
  return new ClusterError('unreachable', `connecting to ${where}: ${what}`, {
    hints: ['Is the address right? tasks config shows where it comes from'],
    ...(cause === undefined ? {} : { cause }),
  });
}

function noAnswer(where: string, timeoutMs: number): ClusterError {
  return new ClusterError('no-answer', `asking ${where}: no whole answer within ${timeoutMs / 1000} s`, {
    hints: ['A planner answers at once: this one hangs, or something else listens there'],
  });
}

function lost(where: string, error: Error): ClusterError {
  const what = errnoOf(error) === 'ECONNRESET' ? 'the connection was cut' : messageOf(error);
  return new ClusterError('lost', `asking ${where}: ${what} before the whole answer was here`, {
    hints: ['Did the planner die? tasks planner.status'],
    cause: error,
  });
}

function answerTooLarge(where: string, largestAnswerBytes: number): ClusterError {
  const megabytes = Math.round(largestAnswerBytes / 1_000_000);
  return new ClusterError('too-large', `asking ${where}: the answer is larger than ${megabytes} MB`, {
    hints: ['Results stay with a planner until tasks flush.scheduling-state'],
  });
}
