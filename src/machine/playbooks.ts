import { join } from 'node:path';
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
