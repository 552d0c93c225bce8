import { loadSettings } from '../../faasm/settings.ts';
import type { ValueRequest } from '../../runner/completion.ts';
import { askHttp, httpUrl } from '../../util/http.ts';
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
  const { bytes } = await askHttp({
    method: 'POST',
    url: httpUrl(host, Number(port)),
    body: Buffer.from(JSON.stringify({ http_type: 'GET_AVAILABLE_HOSTS' })),
    signal: AbortSignal.timeout(PATIENCE_MS),
    mostBytes: 1_000_000,
  });
  const answer = Buffer.from(bytes).toString();
  const hosts = [...answer.matchAll(/"ip":\s*"([^"\\]+)"/g)].map(([, ip = '']) => ip);
  // `--host-list` takes several with commas between them.
  const before = typed.slice(0, typed.lastIndexOf(',') + 1);
  return hosts.map((name) => before + name);
}
