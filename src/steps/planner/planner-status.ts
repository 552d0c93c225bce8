import { setTimeout as pause } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import type { Cluster, HostStatus, InFlightApp } from '../../planner/cluster.ts';
import type { TaskContext } from '../../runner/context.ts';
import type { Paint } from '../../util/terminal-text.ts';
import type { ClusterArgs } from './cluster-params.ts';
import { callPlace } from './cluster-place.ts';
import { askCluster, requestStep } from './requests.ts';

const WIDEST_BAR = 32;
const MOST_CALLS = 15;

interface PlannerStatusArgs extends ClusterArgs {
  readonly watch: boolean;
  readonly interval: number;
}

/** What a planner says of itself at one moment. */
interface PlannerStatus {
  readonly hosts: readonly HostStatus[];
  readonly apps: readonly InFlightApp[];
  readonly policy: string | undefined;
}

/** `planner.status`: hosts, slots, calls in flight, policy; with `--watch` for as long as somebody looks. */
export async function showPlannerStatus(args: PlannerStatusArgs, context: TaskContext): Promise<void> {
  const { output } = context;
  const place = await callPlace(args, context);
  const where = `${place.host}:${place.port}`;
  const questions = ['GET_AVAILABLE_HOSTS', 'GET_IN_FLIGHT_APPS', 'GET_POLICY'] as const;
  const asking = requestStep(
    place,
    questions.map((type) => ({ type })),
    {
      title: 'Ask the planner for its state',
      why: args.watch ? `--watch: every ${args.interval} s` : 'it changes nothing',
    },
  );
  await askCluster(place, asking, context, async (cluster) => {
    if (args.watch) return await watch(cluster, where, args.interval * 1000, context);
    const status = await readStatus(cluster);
    output.result(statusText(status, where, output.paint), statusData(status, where));
  });
}

/** Shows each change: redrawn in place on a terminal, one object a line with `--json`, else one block after the other. */
async function watch(cluster: Cluster, where: string, everyMs: number, context: TaskContext): Promise<void> {
  const { output, signal } = context;
  const isRedrawn = output.canDrawLive;
  let last = '';
  let lines = 0;
  for (;;) {
    const status = await readStatus(cluster);
    const data = statusData(status, where);
    const seen = JSON.stringify({ ...data, hosts: status.hosts.map(({ registeredMs, ...host }) => host) });
    if (seen !== last) {
      const text = statusText(status, where, output.paint);
      if (output.json) output.result('', data);
      else {
        // Up to where the last picture began, and everything below away.
        const back = isRedrawn && lines > 0 ? `\u001b[${lines}A\u001b[J` : '';
        await output.write(`${back}${text}\n${isRedrawn ? '' : '\n'}`);
        lines = rowsOf(text, output.columns);
      }
      last = seen;
    }
    await pause(everyMs, undefined, { signal });
  }
}

/** How many rows of a terminal a text takes. */
function rowsOf(text: string, columns: number): number {
  return stripVTControlCharacters(text)
    .split('\n')
    .reduce((rows, line) => rows + Math.max(1, Math.ceil(line.length / columns)), 0);
}

async function readStatus(cluster: Cluster): Promise<PlannerStatus> {
  const [hosts, { apps }, policy] = await Promise.all([
    cluster.hosts(),
    cluster.inFlight(),
    cluster.policy(),
  ]);
  return { hosts, apps, policy };
}

function statusText({ hosts, apps, policy }: PlannerStatus, where: string, paint: Paint): string {
  const used = hosts.reduce((sum, host) => sum + host.usedSlots, 0);
  const slots = hosts.reduce((sum, host) => sum + host.slots, 0);
  const width = Math.max(4, ...hosts.map(({ ip }) => ip.length));
  const head = [
    `${hosts.length} ${hosts.length === 1 ? 'host' : 'hosts'}`,
    `${used} of ${slots} slots used`,
    `${apps.length} ${apps.length === 1 ? 'call' : 'calls'} in flight`,
    `policy ${policy ?? 'not set'}`,
  ];
  return [
    `${paint('bold', `Planner at ${where}`)}: ${head.join(', ')}`,
    ...hosts.map(
      (host) => `  ${host.ip.padEnd(width)}  ${slotBar(host, paint)}  ${host.usedSlots}/${host.slots}`,
    ),
    ...apps.slice(0, MOST_CALLS).map(({ appId, hosts: on }) => `  call ${appId} on ${placesOf(on)}`),
    ...(apps.length > MOST_CALLS ? [`  and ${apps.length - MOST_CALLS} more calls`] : []),
    ...(hosts.length === 0 ? ['  No host has registered: calls will be refused (No available hosts).'] : []),
  ].join('\n');
}

function slotBar({ slots, usedSlots }: HostStatus, paint: Paint): string {
  const scale = slots > WIDEST_BAR ? WIDEST_BAR / slots : 1;
  const full = Math.max(0, Math.ceil(Math.min(usedSlots, slots) * scale));
  const free = Math.max(0, Math.round(slots * scale) - full);
  return `[${paint('yellow', '#'.repeat(full))}${paint('dim', '.'.repeat(free))}]`;
}

/** `127.0.0.2 ×3, 127.0.0.3`. */
function placesOf(hosts: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const host of hosts) counts.set(host, (counts.get(host) ?? 0) + 1);
  return (
    [...counts].map(([host, count]) => (count === 1 ? host : `${host} x${count}`)).join(', ') || 'no host'
  );
}

function statusData(
  { hosts, apps, policy }: PlannerStatus,
  where: string,
): Readonly<Record<string, unknown>> {
  return {
    planner: where,
    policy: policy ?? null,
    hosts: hosts.map((host) => ({ ...host, registeredMs: host.registeredMs ?? null })),
    inFlight: apps,
  };
}
