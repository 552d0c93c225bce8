import type { Check, Finding } from '../check.ts';
import type { Host } from '../host.ts';

/** What answers calls of functions. */
export const clusterChecks: readonly Check[] = [
  { id: 'planner', title: 'Planner', needs: ['invoke'], helps: [], run: planner },
  { id: 'redis', title: 'Redis', needs: [], helps: ['invoke'], run: redis },
  { id: 'docker', title: 'Docker', needs: [], helps: ['build', 'invoke'], run: docker },
];

/** faabric's planner answers a GET without a body with 400 and these words. */
const PLANNER_WORDS = 'Empty request';

async function planner(host: Host): Promise<Finding> {
  const url = `http://${host.settings.value('plannerHost')}:${host.settings.value('plannerPort')}`;
  const answer = await host.get(url);
  const wanted = 'a planner (PLANNER_HOST and PLANNER_PORT say where)';
  if ('why' in answer) {
    const found = `nothing answers at ${url}: ${answer.why}`;
    const fix = { kind: 'command', argv: ['tasks', 'planner.start', '--background'] } as const;
    const otherFix = {
      kind: 'command',
      argv: ['docker', 'compose', 'up', '-d', 'planner', 'worker'],
    } as const;
    return { state: 'missing', found, wanted, fix, otherFix };
  }
  if (answer.body.includes(PLANNER_WORDS)) return { state: 'ok', found: `answers at ${url}` };
  return {
    state: 'warn',
    found: `something else than a planner may answer at ${url} (HTTP ${answer.status})`,
    wanted,
    fix: { kind: 'advice', text: 'PLANNER_HOST=… PLANNER_PORT=… tasks doctor invoke' },
  };
}

async function redis(host: Host): Promise<Finding> {
  const server = host.env['REDIS_STATE_HOST'] ?? 'localhost';
  const port = Number(host.env['REDIS_PORT'] ?? 6379);
  const answer = await host.ask(server, port, 'PING\r\n');
  // A server that wants a password is there as well.
  if (answer !== undefined && /^(\+PONG|-NOAUTH)/.test(answer))
    return { state: 'ok', found: `answers at ${server}:${port}` };
  return {
    state: 'missing',
    found: `nothing answers at ${server}:${port}`,
    wanted: 'Redis, for functions that keep state (REDIS_STATE_HOST says where)',
    fix: { kind: 'packages', names: ['redis-server'] },
  };
}

async function docker(host: Host): Promise<Finding> {
  const wanted = 'a client and a running engine';
  const path = await host.which('docker');
  if (path === undefined) {
    return {
      state: 'missing',
      found: 'not installed',
      wanted,
      fix: { kind: 'packages', names: ['docker.io'] },
    };
  }
  const { text, timedOut } = await host.program([path, 'version', '--format', '{{json .}}'], 1.5);
  const engine = /"Server":\s*\{[\s\S]*?"Version":\s*"([^"]+)"/.exec(text)?.[1];
  const client = /"Client":\s*\{[\s\S]*?"Version":\s*"([^"]+)"/.exec(text)?.[1] ?? '';
  if (engine !== undefined) return { state: 'ok', found: `client ${client}, engine ${engine}` };
  const isForbidden = /permission denied/i.test(text);
  return {
    state: 'broken',
    found: `client ${client}; the engine ${isForbidden ? 'may not be used by you' : timedOut ? 'does not answer' : 'does not run'}`,
    wanted,
    fix: isForbidden
      ? { kind: 'command', argv: ['usermod', '-aG', 'docker', host.env['USER'] ?? '$USER'], asRoot: true }
      : { kind: 'command', argv: ['service', 'docker', 'start'], asRoot: true },
  };
}
