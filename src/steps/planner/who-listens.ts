import { serverOf } from '../../planner/transport.ts';
import { askHttp, HttpError, httpUrl } from '../../util/http.ts';
import type { PlannerPlace } from './planner-place.ts';

const ANSWER_MS = 2000;
const MOST_BYTES = 4096;

/** What is at an address: nothing, a planner, something else that speaks HTTP, or something that does not. */
export type Listener =
  | { readonly kind: 'nobody' | 'planner' | 'silent' }
  | { readonly kind: 'http'; readonly server: string };

/** Asks an address what it is, by a question that is harmless to a planner (GET_CONFIG). */
export async function whoListens(
  { host, port }: Pick<PlannerPlace, 'host' | 'port'>,
  signal: AbortSignal,
): Promise<Listener> {
  try {
    const reply = await askHttp({
      method: 'POST',
      url: httpUrl(host, port),
      body: Buffer.from('{"http_type":"GET_CONFIG"}'),
      signal,
      totalMs: ANSWER_MS,
      mostBytes: MOST_BYTES,
      cut: true,
    });
    const isPlanner = reply.status === 200 && Buffer.from(reply.bytes).includes('"numThreadsHttpServer"');
    return isPlanner ? { kind: 'planner' } : { kind: 'http', server: serverOf(reply) };
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    return { kind: error.trouble === 'refused' ? 'nobody' : 'silent' };
  }
}

/** Says what is at an address, for a sentence like `PORT is taken by …`. */
export function describeListener(listener: Listener): string {
  switch (listener.kind) {
    case 'planner':
      return 'a planner that planner.start did not start';
    case 'http':
      return listener.server === ''
        ? 'another HTTP server'
        : `another HTTP server (${listener.server.slice(0, 60)})`;
    case 'silent':
      return 'a program that does not speak HTTP';
    default:
      return 'a program that does not answer';
  }
}
