import { errnoOf, Interrupted, messageOf } from '../util/errors.ts';
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
  const limit = AbortSignal.timeout(answerTimeoutMs);
  const url = `${where}/pmapi/${path}?${new URLSearchParams(query).toString()}`;
  try {
    const reply = await fetch(url, { signal: AbortSignal.any([signal, limit]), redirect: 'error' });
    const text = await readText(reply, where);
    return { status: reply.status, text, body: parsed(text, where) };
  } catch (error) {
    if (signal.aborted) throw new Interrupted();
    if (error instanceof MonitorError) throw error;
    if (isOtherProtocol(error))
      throw notPmproxy(where, `it does not speak HTTP (pmcd itself listens on ${pmcdPort})`);
    throw unreachable(
      address,
      limit.aborted ? `no answer within ${answerTimeoutMs / 1000} s` : reason(error),
      error,
    );
  }
}

async function readText(reply: Response, where: string): Promise<string> {
  const decoder = new TextDecoder();
  let [text, sizeBytes] = ['', 0];
  for await (const chunk of reply.body ?? []) {
    sizeBytes += chunk.length;
    if (sizeBytes > largestAnswerBytes)
      throw notPmproxy(where, `the answer is larger than ${largestAnswerBytes / 1_000_000} MB`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
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

/** What Node's HTTP parser refuses. */
function isOtherProtocol(error: unknown): boolean {
  return error instanceof Error && /^HPE_/.test(errnoOf(error.cause) ?? '');
}

function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const first = cause instanceof AggregateError ? cause.errors[0] : cause;
  switch (errnoOf(first)) {
    case 'ECONNREFUSED':
      return 'connection refused, nobody listens there';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'no such host';
    case 'ECONNRESET':
    case 'UND_ERR_SOCKET':
      return 'the connection was cut';
    default:
      return messageOf(first);
  }
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
