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
