import { request } from 'node:http';
import type { PlannerPlace } from './planner-place.ts';

const ANSWER_MS = 2000;
const MOST_BYTES = 4096;

/** What is at an address: nothing, a planner, something else that speaks HTTP, or something that does not. */
export type Listener =
  | { readonly kind: 'nobody' | 'planner' | 'silent' }
  | { readonly kind: 'http'; readonly server: string };

/** Asks an address what it is, by a question that is harmless to a planner (GET_CONFIG). */
export async function whoListens({ host, port }: Pick<PlannerPlace, 'host' | 'port'>): Promise<Listener> {
  return await new Promise((resolve) => {
    const asked = request({ host, port, method: 'POST', agent: false, timeout: ANSWER_MS }, (response) => {
      let body = '';
      const server = String(response.headers['server'] ?? '');
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
        if (body.length > MOST_BYTES) response.destroy();
      });
      response.on('close', () => {
        const isPlanner = response.statusCode === 200 && body.includes('"numThreadsHttpServer"');
        resolve(isPlanner ? { kind: 'planner' } : { kind: 'http', server });
      });
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer')));
    asked.on('error', (error: NodeJS.ErrnoException) => {
      resolve({ kind: error.code === 'ECONNREFUSED' ? 'nobody' : 'silent' });
    });
    asked.end('{"http_type":"GET_CONFIG"}');
  });
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
