import { type Check, versionOf } from './check.ts';
import {
  binaries,
  buildDirectory,
  buildTool,
  checkout,
  cmake,
  compiler,
  listener,
  llvm,
  stale,
  submodules,
  versions,
} from './checks/build.ts';
import { docker, planner, pmcd, pmproxy, redis } from './checks/cluster.ts';
import { ansible, completion, functions, jitdump, node, room } from './checks/machine.ts';
import {
  buildOptions,
  container,
  kptr,
  mlock,
  paranoid,
  perf,
  recording,
  tracefs,
} from './checks/profile.ts';

const GIB = 2 ** 30;

/** A row is a check, and all of them are here: what a goal needs, what makes it better. What it asks is in checks/. */
// biome-ignore format: a table
export const allChecks: readonly Check[] = [
  // This machine, whatever it is for
  { id: 'node', title: 'Node', needs: ['profile', 'build', 'invoke', 'monitor'], helps: [], run: node },

  // Recording with perf, and what the kernel allows
  { id: 'perf', title: 'perf', needs: ['profile'], helps: [], run: perf },
  { id: 'perf-options', title: 'perf build options', needs: [], helps: ['profile'], run: buildOptions },
  { id: 'perf-record', title: 'Recording', needs: ['profile'], helps: [], run: recording },
  { id: 'paranoid', title: 'kernel.perf_event_paranoid', needs: [], helps: ['profile'], run: paranoid },
  { id: 'kptr', title: 'kernel.kptr_restrict', needs: [], helps: ['profile'], run: kptr },
  { id: 'mlock', title: 'kernel.perf_event_mlock_kb', needs: [], helps: ['profile'], run: mlock },
  { id: 'tracefs', title: 'tracefs', needs: [], helps: ['profile'], run: tracefs },
  { id: 'container', title: 'Container', needs: [], helps: ['profile'], run: container },

  // Room on the disk, and functions to run
  { id: 'disk-recordings', title: 'Disk for recordings', needs: ['profile'], helps: [], run: (host) => room(host, host.temporary, GIB / 2) },
  { id: 'disk-build', title: 'Disk for a build', needs: ['build'], helps: [], run: (host) => room(host, host.settings.value('buildDir'), 10 * GIB) },
  { id: 'jitdump', title: 'jitdump folder', needs: [], helps: ['profile'], run: jitdump },
  { id: 'functions', title: 'Functions', needs: ['profile', 'invoke'], helps: [], run: functions },

  // Sources, what turns them into binaries, and the binaries. The embedded engine stands in for missing ones.
  { id: 'checkout', title: 'Faasm checkout', needs: ['build'], helps: [], run: checkout },
  { id: 'submodules', title: 'Submodules', needs: ['build'], helps: [], run: submodules },
  { id: 'versions', title: 'Versions', needs: [], helps: ['build'], run: versions },
  { id: 'compiler', title: 'C++ compiler', needs: ['build'], helps: [], run: compiler },
  { id: 'cmake', title: 'CMake', needs: ['build'], helps: [], run: cmake },
  { id: 'build-tool', title: 'Build tool', needs: ['build'], helps: [], run: buildTool },
  { id: 'llvm', title: 'LLVM', needs: [], helps: ['build'], run: llvm },
  { id: 'llvm-listener', title: "LLVM's perf listener", needs: [], helps: ['build', 'profile'], run: listener },
  { id: 'build-dir', title: 'Build directory', needs: ['build'], helps: [], run: buildDirectory },
  { id: 'binaries', title: 'Faasm binaries', needs: [], helps: ['build', 'profile'], run: binaries },
  { id: 'stale', title: 'Stale binaries', needs: [], helps: ['build', 'profile'], run: stale },

  // What answers calls of functions, and what measures while it does
  { id: 'planner', title: 'Planner', needs: ['invoke'], helps: [], run: planner },
  { id: 'redis', title: 'Redis', needs: [], helps: ['invoke'], run: redis },
  { id: 'docker', title: 'Docker', needs: [], helps: ['build', 'invoke'], run: docker },
  { id: 'pcp', title: 'Performance Co-Pilot', needs: ['monitor'], helps: [], run: (host) => versionOf(host, 'pminfo', ['pcp'], 'pminfo') },
  { id: 'pmcd', title: 'pmcd', needs: ['monitor'], helps: [], run: pmcd },
  { id: 'pmproxy', title: 'pmproxy', needs: [], helps: ['monitor'], run: pmproxy },

  // Programs that some tasks can use
  { id: 'gdb', title: 'gdb', needs: [], helps: ['build'], run: (host) => versionOf(host, 'gdb', ['gdb'], 'gdb, for debug.gdb') },
  { id: 'valgrind', title: 'Valgrind', needs: [], helps: ['build'], run: (host) => versionOf(host, 'valgrind', ['valgrind'], 'valgrind, for debug.valgrind') },
  { id: 'ansible', title: 'Ansible', needs: [], helps: ['profile', 'build', 'monitor'], run: ansible },
  { id: 'completion', title: 'Shell completion', needs: [], helps: ['profile', 'build', 'invoke', 'monitor'], run: completion },
];
