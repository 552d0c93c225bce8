import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { readRoleDefaults } from '../../machine/playbooks.ts';

/** One of Performance Co-Pilot's services on this machine. */
export interface Service {
  readonly name: string;
  /** Where it answers; undefined: systemd is asked. */
  readonly port: number | undefined;
}

/** True where systemd runs, not only is installed. */
export function hasSystemd(): boolean {
  return existsSync('/run/systemd/system');
}

/** What the playbook starts here, in the order of starting. */
export async function pcpServices(): Promise<readonly Service[]> {
  const role = await readRoleDefaults.pcp();
  return hasSystemd()
    ? role.pcp_services.map((name) => ({ name, port: undefined }))
    : Object.entries(role.pcp_services_by_hand).map(([name, port]) => ({ name, port }));
}

/** The command that stops one, as root. */
export function stopCommand(name: string): readonly [string, ...string[]] {
  return hasSystemd() ? ['systemctl', 'stop', name] : [`/etc/init.d/${name}`, 'stop'];
}

/** True when somebody takes connections on this port of this machine. */
export async function answers(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
