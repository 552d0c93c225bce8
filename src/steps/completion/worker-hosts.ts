import { request } from 'node:http';
import { loadSettings } from '../../faasm/settings.ts';
import type { ValueRequest } from '../../runner/completion.ts';
import type { ValuePlace } from './live-values.ts';

/** Somebody waits for Tab: a planner that takes longer has no hosts to offer. */
const PATIENCE_MS = 60;

/** The hosts that the planner knows, asked over the network for a moment (`GET_AVAILABLE_HOSTS`). */
export async function workerHosts(
  { given, typed }: ValueRequest,
  { env, cwd }: ValuePlace,
): Promise<string[]> {
  const settings = await loadSettings({ env, cwd });
  const host = given['planner-host'] ?? settings.value('plannerHost');
  const port = given['planner-port'] ?? settings.value('plannerPort');
  const answer = await post(host, Number(port), JSON.stringify({ http_type: 'GET_AVAILABLE_HOSTS' }));
  const hosts = [...answer.matchAll(/"ip":\s*"([^"\\]+)"/g)].map(([, ip = '']) => ip);
  // `--host-list` takes several with commas between them.
  const before = typed.slice(0, typed.lastIndexOf(',') + 1);
  return hosts.map((name) => before + name);
}

async function post(host: string, port: number, body: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const asked = request({ host, port, method: 'POST', path: '/', signal, agent: false }, (reply) => {
      let text = '';
      reply
        .setEncoding('utf8')
        .on('data', (part: string) => {
          text += part;
        })
        .on('end', () => resolve(text))
        .on('error', reject);
    });
    asked.on('error', reject).end(body);
  });
}
