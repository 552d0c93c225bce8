import type { Check, Finding } from '../check.ts';
import type { Host } from '../host.ts';
import { versionOf } from '../words.ts';

/** Performance Co-Pilot: its tools, its collector, its web access. */
export const monitoringChecks: readonly Check[] = [
  {
    id: 'pcp',
    title: 'Performance Co-Pilot',
    needs: ['monitor'],
    helps: [],
    run: async (host) => await versionOf(host, 'pminfo', ['pcp'], 'pminfo'),
  },
  { id: 'pmcd', title: 'pmcd', needs: ['monitor'], helps: [], run: pmcd },
  { id: 'pmproxy', title: 'pmproxy', needs: [], helps: ['monitor'], run: pmproxy },
];

const PMCD_PORT = 44_321;
const PMPROXY_PORT = 44_322;

async function pmcd(host: Host): Promise<Finding> {
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

async function pmproxy(host: Host): Promise<Finding> {
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
