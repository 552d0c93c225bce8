import { unreachable } from '../util/errors.ts';
import { askHttp, HttpError, type HttpReply, httpUrl, keptConnections } from '../util/http.ts';
import { ClusterError } from './cluster-error.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface PostReply {
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
  post(body: string, options?: PostOptions): Promise<PostReply>;
  close(): void;
}

interface TransportLimits {
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly largestAnswerBytes: number;
}

/** POST to `/` over kept-alive connections. */
export function openTransport(address: Address, limits: TransportLimits, signal: AbortSignal): Transport {
  const kept = keptConnections();
  const url = httpUrl(address.host, address.port);
  return {
    address,
    async post(body, { timeoutMs = limits.requestTimeoutMs, onOwnConnection = false } = {}) {
      try {
        const reply = await askHttp({
          method: 'POST',
          url,
          headers: { 'Content-Type': 'application/json' },
          body: Buffer.from(body),
          signal,
          connectMs: limits.connectTimeoutMs,
          answerMs: timeoutMs,
          totalMs: timeoutMs * 10,
          mostBytes: limits.largestAnswerBytes,
          ...(onOwnConnection ? {} : { connections: kept }),
        });
        return { status: reply.status, server: serverOf(reply), bytes: reply.bytes };
      } catch (error) {
        throw error instanceof HttpError ? clusterError(error, url) : error;
      }
    },
    close: () => kept.close(),
  };
}

/** Who answers, as far as it says. */
export function serverOf({ headers }: Pick<HttpReply, 'headers'>): string {
  return String(headers['server'] ?? '');
}

function clusterError(error: HttpError, url: string): ClusterError {
  const { trouble, message } = error;
  const asking = `asking ${url}: ${message}`;
  switch (trouble) {
    case 'refused':
      return new ClusterError('refused', asking, {
        hints: [
          'Start a planner on this machine: tasks planner.start --background',
          'Or say where yours is: --planner-host, --planner-port (tasks config shows what is set)',
        ],
        cause: error,
      });
    case 'no-host':
    case 'unreachable':
      return new ClusterError('unreachable', `connecting to ${url}: ${message}`, {
        hints: ['Is the address right? tasks config shows where it comes from'],
        cause: error,
      });
    case 'no-answer':
      return new ClusterError('no-answer', asking, {
        hints: ['A planner answers at once: this one hangs, or something else listens there'],
        cause: error,
      });
    case 'cut':
      return new ClusterError('lost', `${asking} before the whole answer was here`, {
        hints: ['Did the planner die? tasks planner.status'],
        cause: error,
      });
    case 'not-http':
      return new ClusterError('garbage', asking, {
        hints: ['Is that a planner? tasks config shows where the address comes from'],
        cause: error,
      });
    case 'too-large':
      return new ClusterError('too-large', asking, {
        hints: ['Results stay with a planner until tasks flush.scheduling-state'],
        cause: error,
      });
    default:
      return unreachable(trouble);
  }
}

/** What today's planner says for no, word for word. Nothing but the text tells its refusals apart. */
export const refusals = {
  noHosts: 'No available hosts',
  notRegistered: 'App not registered in results',
  noGraph: 'Failed getting exec. graph!',
} as const;

/** The first line or so of an answer, printable. */
export function beginning(text: string): string {
  const displayName = text.slice(0, 200).replace(/[^\x20-\x7e\u00a0-\uffff]+/g, ' ');
  return text.length > 200 ? `${displayName}…` : displayName;
}
