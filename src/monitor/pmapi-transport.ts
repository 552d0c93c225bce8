import { askHttp, HttpError } from '../util/http.ts';
import { addressUrl, type HostAddress } from './host-address.ts';
import { MonitorError } from './monitor-error.ts';

/** Until a whole answer must be there; pmproxy itself waits five seconds for a slow agent (pmcd -t). */
const answerTimeoutMs = 10_000;
const pmcdPort = 44321;
/** All metrics of a large host with their help texts are about a megabyte. */
const largestAnswerBytes = 64_000_000;

/** One answer: the HTTP status, the body, and what was parsed of it. */
export interface PmapiReply {
  readonly status: number;
  readonly text: string;
  readonly body: unknown;
}

/**
 * Asks pmproxy one question: GET `/pmapi/PATH?QUERY` (PMWEBAPI(3)).
 *
 * @throws MonitorError `unreachable` when nobody answers, `not-pmproxy` for an answer that is not JSON; Interrupted.
 */
export async function askPmapi(
  address: HostAddress,
  path: string,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<PmapiReply> {
  const where = addressUrl(address);
  try {
    const { status, bytes } = await askHttp({
      method: 'GET',
      url: `${where}/pmapi/${path}?${new URLSearchParams(query).toString()}`,
      signal,
      totalMs: answerTimeoutMs,
      mostBytes: largestAnswerBytes,
    });
    const text = new TextDecoder().decode(bytes);
    return { status, text, body: parsed(text, where) };
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    if (error.trouble === 'not-http')
      throw notPmproxy(where, `it does not speak HTTP (pmcd itself listens on ${pmcdPort})`);
    if (error.trouble === 'too-large') throw notPmproxy(where, error.message);
    const isSlow = error.trouble === 'no-answer';
    throw unreachable(address, isSlow ? `no answer within ${answerTimeoutMs / 1000} s` : error.message, error);
  }
}

function parsed(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notPmproxy(where, `the answer is not JSON: ${JSON.stringify(text.trim().slice(0, 60))}`);
  }
}

/** Something answers there that does not speak pmproxy's API. */
export function notPmproxy(where: string, why: string): MonitorError {
  return new MonitorError('not-pmproxy', `${where} does not answer like pmproxy: ${why}`, {
    hints: ['Does something else listen on that port? tasks monitor.check says who answers where'],
  });
}

function unreachable(address: HostAddress, why: string, cause: unknown): MonitorError {
  return new MonitorError('unreachable', `asking pmproxy at ${addressUrl(address)}: ${why}`, {
    hints: [
      'Start it: tasks monitor.setup (on that machine)',
      'What is missing: tasks monitor.check',
      'Another place: --host=HOST:PORT',
    ],
    cause,
  });
}
