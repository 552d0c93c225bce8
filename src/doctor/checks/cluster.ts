import type { Finding, Host } from '../check.ts';

/** faabric's planner answers a GET without a body with 400 and this body. */
const PLANNER_BODY = 'Empty request';

export async function planner(host: Host): Promise<Finding> {
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
  if (answer.body.includes(PLANNER_BODY)) return { state: 'ok', found: `answers at ${url}` };
  return {
    state: 'warn',
    found: `something else than a planner may answer at ${url} (HTTP ${answer.status})`,
    wanted,
    fix: { kind: 'advice', text: 'PLANNER_HOST=… PLANNER_PORT=… tasks doctor invoke' },
  };
}

export async function redis(host: Host): Promise<Finding> {
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

export async function docker(host: Host): Promise<Finding> {
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

const PMCD_PORT = 44_321;
const PMPROXY_PORT = 44_322;

export async function pmcd(host: Host): Promise<Finding> {
  // pmcd speaks first: the header of its credentials PDU.
  const answer = await host.ask('localhost', PMCD_PORT, '');
  return answer === undefined
    ? {
        state: 'missing',
        found: `nothing answers at localhost:${PMCD_PORT}`,
        wanted: 'the running collector of metrics',
        fix: { kind: 'command', argv: await startOf(host, 'pmcd'), asRoot: true },
      }
    : { state: 'ok', found: `answers at localhost:${PMCD_PORT}` };
}

export async function pmproxy(host: Host): Promise<Finding> {
  const answer = await host.get(`http://localhost:${PMPROXY_PORT}/pmapi/ping`);
  return 'why' in answer
    ? {
        state: 'missing',
        found: `nothing answers at localhost:${PMPROXY_PORT}`,
        wanted: 'pmproxy, for Vector in the browser',
        fix: { kind: 'command', argv: await startOf(host, 'pmproxy'), asRoot: true },
      }
    : { state: 'ok', found: `answers at localhost:${PMPROXY_PORT}` };
}

/** What starts one of its services here. */
export async function startOf(host: Host, service: string): Promise<readonly string[]> {
  const hasSystemd = (await host.facts(host.system('/run/systemd/system'))) !== undefined;
  return hasSystemd ? ['systemctl', 'start', service] : [`/etc/init.d/${service}`, 'start'];
}
