import { readOsRelease } from '../machine/os-release.ts';
import { readRoleDefaults } from '../machine/role-defaults.ts';
import type { Host } from './host.ts';

/** The packages that bring perf here: those of the playbook. */
export async function perfPackages(host: Host): Promise<readonly string[]> {
  const { perf_packages: packages } = await readRoleDefaults.perf();
  const { name } = readOsRelease((await host.text(host.system('/etc/os-release'))) ?? '');
  return (packages[name] ?? packages['Debian'] ?? []).filter((one) => one !== 'procps');
}
