import { ExitCode, TaskError, UsageError } from '../util/errors.ts';
import { askHttp, HttpError } from '../util/http.ts';

/** Where pmproxy answers, and which pmcd it is asked for. */
export interface HostAddress {
  readonly host: string;
  readonly port: number;
  /** A PCP host specification (PCPIntro(1)) for pmproxy to connect to; undefined: the pmcd beside it. */
  readonly pmcd: string | undefined;
}

/** pmproxy's registered port for its REST API (pmproxy(1)); Faasm's guide uses 44323. */
export const pmproxyPort = 44322;

/** Reads `HOST`, `HOST:PORT`, `[IPV6]:PORT` or an `http://` address. @throws UsageError for anything else. */
export function parseHostAddress(text: string, pmcd?: string): HostAddress {
  const plain = text
    .trim()
    .replace(/^http:\/\//i, '')
    .replace(/\/(?:pmapi\/?)?$/, '');
  const match = /^(?:\[([0-9a-fA-F:.%]+)\]|([^\s:/[\]@?#]+))(?::(\d{1,5}))?$/.exec(plain);
  const bare = /^[0-9a-fA-F]*:[0-9a-fA-F:]*:[0-9a-fA-F.]*$/.test(plain);
  const host = bare ? plain : (match?.[1] ?? match?.[2]);
  const port = bare || match?.[3] === undefined ? pmproxyPort : Number(match[3]);
  if (host !== undefined && port >= 1 && port <= 65_535) return { host, port, pmcd };
  throw new UsageError(`${JSON.stringify(text)} is not a host with an optional port`, {
    hints: [`For example: --host=worker-2, --host=10.0.0.5:${pmproxyPort}, --host=[::1]:44323`],
  });
}

/** `http://host:port`, IPv6 addresses in brackets. */
export function addressUrl({ host, port }: HostAddress): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/**
 * What went wrong between here and the metrics: `unreachable`: no pmproxy answers; `no-pmcd`: pmproxy does, but not its pmcd;
 * `not-pmproxy`: something else listens there; `refused`: pmproxy answered with a refusal; `metric`: a name it does not know.
 */
export type MonitorTrouble = 'unreachable' | 'no-pmcd' | 'not-pmproxy' | 'refused' | 'metric';

/** A failure to get metrics, told apart so that a view can wait for the host to come back. */
export class MonitorError extends TaskError {
  readonly trouble: MonitorTrouble;

  constructor(
    trouble: MonitorTrouble,
    message: string,
    options: { readonly hints?: readonly string[]; readonly cause?: unknown } = {},
  ) {
    super(message, { ...options, exitCode: trouble === 'metric' ? ExitCode.usage : ExitCode.machine });
    this.trouble = trouble;
  }

  /** True when the same question may be answered later. */
  get isPassing(): boolean {
    return this.trouble === 'unreachable' || this.trouble === 'no-pmcd' || this.trouble === 'refused';
  }
}

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
      // With `close`, pmproxy 6 cuts the connection before the end of a long answer.
      headers: { Connection: 'keep-alive' },
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
    throw unreachable(
      address,
      isSlow ? `no answer within ${answerTimeoutMs / 1000} s` : error.message,
      error,
    );
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
