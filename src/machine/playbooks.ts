import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../faasm/directories.ts';

interface Playbook {
  /** Files in `ansible/`. */
  readonly file: string;
  readonly undo?: string;
  /** The folder in `ansible/roles/` whose defaults say what is installed and set. */
  readonly role: string;
  /** What it prepares, after "Prepared": for the last line on the terminal. */
  readonly what: string;
}

/** The playbooks by the name of their task: `setup.perf` runs `perf.yml`. */
export const playbooks = {
  perf: { file: 'perf.yml', undo: 'perf-undo.yml', role: 'perf', what: 'profiling with perf' },
  compilers: { file: 'llvm.yml', role: 'compilers', what: 'building: compilers, CMake, Ninja, LLVM' },
  pcp: { file: 'pcp.yml', undo: 'pcp-undo.yml', role: 'pcp', what: 'monitoring with Performance Co-Pilot' },
  valgrind: { file: 'valgrind.yml', role: 'valgrind', what: 'debugging with Valgrind' },
} as const satisfies Record<string, Playbook>;

export type PlaybookName = keyof typeof playbooks;

/** Where the package keeps its playbooks. */
export function ansibleFolder(): string {
  return join(packageRoot(), 'ansible');
}

// A role's defaults are JSON (which Ansible reads like YAML), so that the playbook and the commands that are printed for
// machines without Ansible come from one file.

const settings = z.record(z.string(), z.number());

const schemas = {
  perf: z.strictObject({
    perf_packages: z.record(z.string(), z.array(z.string())),
    perf_kernel_settings: settings,
    perf_sysctl_file: z.string(),
    perf_before_file: z.string(),
    perf_proc_sys: z.string(),
  }),
  compilers: z.strictObject({
    compilers_packages: z.array(z.string()),
    compilers_llvm_packages: z.array(z.string()),
    compilers_llvm_version: z.string(),
  }),
  pcp: z.strictObject({
    pcp_packages: z.array(z.string()),
    pcp_services: z.array(z.string()),
    /** Where systemd does not run: names in /etc/init.d, in the order of starting, and the ports they answer at. */
    pcp_services_by_hand: z.record(z.string(), z.number()),
    pcp_name_space: z.string(),
    pcp_before_file: z.string(),
  }),
  valgrind: z.strictObject({ valgrind_packages: z.array(z.string()) }),
};

export type RoleDefaults<R extends keyof typeof schemas> = z.infer<(typeof schemas)[R]>;

/** Read what a role installs and sets. */
export const readRoleDefaults = {
  perf: async () => schemas.perf.parse(await defaultsOf('perf')),
  compilers: async () => schemas.compilers.parse(await defaultsOf('compilers')),
  pcp: async () => schemas.pcp.parse(await defaultsOf('pcp')),
  valgrind: async () => schemas.valgrind.parse(await defaultsOf('valgrind')),
};

async function defaultsOf(role: string): Promise<unknown> {
  return JSON.parse(await readFile(join(ansibleFolder(), 'roles', role, 'defaults', 'main.json'), 'utf8'));
}

const note = z.object({ values: z.record(z.string(), z.string()), packages: z.array(z.string()) });
const pcpNote = z.object({ packages: z.array(z.string()), services: z.array(z.string()) });

/** What the perf role noted before it changed anything; `perf-undo.yml` goes back to it. */
export type NoteOfBefore = z.infer<typeof note>;

/** What the pcp role noted: what was not installed, and what did not run; `pcp-undo.yml` goes back to it. */
export type PcpBefore = z.infer<typeof pcpNote>;

/** Reads the perf role's note; undefined when there is none, or it is not one. */
export async function noteOfBefore(path: string): Promise<NoteOfBefore | undefined> {
  return note.safeParse(await noted(path)).data;
}

/** Reads the pcp role's note; undefined when there is none, or it is not one. */
export async function pcpBefore(path: string): Promise<PcpBefore | undefined> {
  return pcpNote.safeParse(await noted(path)).data;
}

async function noted(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}
