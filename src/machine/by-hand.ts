import { shellLine } from '../util/shell-word.ts';
import type { NoteOfBefore, PcpBefore, RoleDefaults } from './playbooks.ts';

/** What decides which commands a person types. */
export interface Here {
  readonly distribution: Distribution;
  /** False puts `sudo` before every command. */
  readonly isRoot: boolean;
  /** The package of the running kernel's own tools, where apt knows one (Ubuntu). */
  readonly kernelPackage?: string | undefined;
  /** True where systemd runs. */
  readonly hasSystemd: boolean;
}

/** The shell lines that do what a playbook does; comments start with `#`. A test compares them with real runs of it. */
export const byHand = {
  perf: (role: RoleDefaults<'perf'>, here: Here): string[] => {
    const generic = perfPackages(role, here.distribution);
    const packages = here.kernelPackage === undefined ? generic : [...generic, here.kernelPackage];
    const settings = Object.entries(role.perf_kernel_settings).map(([key, value]) => `${key} = ${value}`);
    const file = role.perf_sysctl_file;
    return [
      ...install('perf', packages, here),
      "# The kernel's settings: over a reboot, and now",
      `${shellLine(['printf', '%s\\n', HEADER, ...settings])} | ${as(here, ['tee', file])}`,
      as(here, ['sysctl', '-p', file]),
    ];
  },
  compilers: (role: RoleDefaults<'compilers'>, here: Here): string[] => {
    const version = role.compilers_llvm_version;
    const suffix = version === '' ? '' : `-${version}`;
    const llvm = role.compilers_llvm_packages.map((name) => name.replace('@', suffix));
    return install('Compilers and build tools', [...role.compilers_packages, ...llvm], here);
  },
  pcp: (role: RoleDefaults<'pcp'>, here: Here): string[] => [
    ...install('Performance Co-Pilot', role.pcp_packages, here),
    ...(here.hasSystemd
      ? [
          '# Its services, now and at every boot',
          as(here, ['systemctl', 'enable', '--now', ...role.pcp_services]),
        ]
      : [
          '# The name space of metrics, and the services, which nothing starts here',
          as(here, ['sh', '-c', `cd ${role.pcp_name_space} && ./Rebuild -u`]),
          ...Object.keys(role.pcp_services_by_hand).map((name) => as(here, [`/etc/init.d/${name}`, 'start'])),
        ]),
  ],
  valgrind: (role: RoleDefaults<'valgrind'>, here: Here): string[] =>
    install('Valgrind', role.valgrind_packages, here),
};

/** The packages that bring perf to a distribution. */
export function perfPackages(
  { perf_packages: packages }: Pick<RoleDefaults<'perf'>, 'perf_packages'>,
  { name }: Distribution,
): readonly string[] {
  return packages[name] ?? packages['Debian'] ?? [];
}

/** The shell lines that take back what the perf playbook did. */
export function byHandUndo(
  role: RoleDefaults<'perf'>,
  before: NoteOfBefore | undefined,
  here: Here,
): string[] {
  const forget = [
    "# Forget the kernel's settings at the next reboot",
    as(here, ['rm', '-f', role.perf_sysctl_file]),
  ];
  if (before === undefined) return forget;
  const values = Object.entries(before.values).map(([key, value]) => `${key}=${value}`);
  return [
    ...forget,
    '# Back to what they were',
    as(here, ['sysctl', '-w', ...values]),
    ...(before.packages.length === 0 ? [] : [as(here, ['apt-get', 'remove', '-y', ...before.packages])]),
    as(here, ['rm', '-f', role.perf_before_file]),
  ];
}

/** The shell lines that take back what the pcp playbook did; nothing, where it noted nothing. */
export function byHandUndoPcp(
  role: RoleDefaults<'pcp'>,
  before: PcpBefore | undefined,
  here: Here,
): string[] {
  if (before === undefined) return ['# Nothing was noted: there is nothing to take back'];
  const services = before.services.toReversed();
  const offline = here.hasSystemd ? [] : ['env', 'SYSTEMD_OFFLINE=1'];
  return [
    '# The services that did not run before',
    ...(here.hasSystemd && services.length > 0
      ? [as(here, ['systemctl', 'disable', '--now', ...services])]
      : services.map((name) => as(here, [`/etc/init.d/${name}`, 'stop']))),
    ...(before.packages.length === 0
      ? []
      : [
          '# The packages that were not there before',
          as(here, [...offline, 'apt-get', 'purge', '-y', ...before.packages]),
        ]),
    as(here, ['rm', '-f', role.pcp_before_file]),
  ];
}

/** The first line of the role's template for the same file. */
const HEADER =
  '# Lets users record with perf. Written by perf.yml of faasm-tasks; `tasks setup.perf --undo` takes it back.';

function install(title: string, packages: readonly string[], here: Here): string[] {
  if (!here.distribution.hasApt) {
    return [
      `# ${title}: ${here.distribution.name} has no apt; install what corresponds to`,
      `# ${packages.join(' ')}`,
    ];
  }
  // Where systemd is installed but does not run, packages that start services would fail to install.
  const offline = here.hasSystemd ? [] : ['env', 'SYSTEMD_OFFLINE=1'];
  return [
    `# ${title}`,
    as(here, ['apt-get', 'update']),
    as(here, [...offline, 'apt-get', 'install', '-y', '--no-install-recommends', ...packages]),
  ];
}

function as(here: Here, argv: readonly string[]): string {
  return shellLine(here.isRoot ? argv : ['sudo', ...argv]);
}

// /etc/os-release: written by the distribution, `NAME=value` lines with shell quoting; freedesktop.org's os-release(5).

export interface Distribution {
  /** As Ansible's fact `distribution` has it: `Debian`, `Ubuntu`, …; else the file's own NAME. */
  readonly name: string;
  /** True where packages come from apt. */
  readonly hasApt: boolean;
}

const ANSIBLE_NAMES: Readonly<Record<string, string>> = {
  debian: 'Debian',
  ubuntu: 'Ubuntu',
  linuxmint: 'Linux Mint',
  pop: 'Pop!_OS',
};

/** What kind of system the text of /etc/os-release describes. */
export function readOsRelease(text: string): Distribution {
  const fields = new Map(
    text
      .split('\n')
      .map((line) => /^([A-Z_]+)=(["']?)(.*)\2$/.exec(line.trim()))
      .flatMap((match) => (match === null ? [] : [[match[1] ?? '', match[3] ?? ''] as const])),
  );
  const id = fields.get('ID') ?? 'linux';
  const family = [id, ...(fields.get('ID_LIKE') ?? '').split(' ')];
  return {
    name: ANSIBLE_NAMES[id] ?? fields.get('NAME') ?? id,
    hasApt: family.some((name) => name === 'debian' || name === 'ubuntu'),
  };
}
