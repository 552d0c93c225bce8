/** How `perf record` walks the stack: frame pointers, DWARF unwinding of a stack copy, or the CPU's last-branch records. */
export const callGraphs = ['fp', 'dwarf', 'lbr'] as const;
export type CallGraph = (typeof callGraphs)[number];

type Argv = readonly [program: string, ...args: string[]];

interface RecordOptions {
  readonly frequency: number;
  readonly callGraph: CallGraph;
  /** Record context switches with their stacks: alone, or beside samples of the processor's time. */
  readonly offCpu?: 'only' | 'both' | undefined;
  /** The perf.data file to write. */
  readonly output: string;
  /** Where perf may keep its build-id cache instead of the user's home. */
  readonly cache: string;
  /** What to record: `--` and a program, or `-p PID` and the like. */
  readonly workload: readonly string[];
}

/**
 * Records a program. `-k 1` stamps samples with CLOCK_MONOTONIC, the clock of every jitdump. The other switches only
 * drop work that a later `perf inject` and `perf script` on this machine do not need: reading BPF programs, and hashing
 * and copying every binary that was hit (0.8 s a recording, 115 MB for one node).
 */
export function perfRecord(options: RecordOptions): Argv {
  const { callGraph, output, cache, workload } = options;
  const quick = ['--no-bpf-event', '--no-buildid', '--no-buildid-cache'];
  const how = ['-k', '1', ...eventFlags(options), '--call-graph', callGraph];
  return ['perf', '--buildid-dir', cache, 'record', ...how, ...quick, '-o', output, ...workload];
}

/** Samples of the default event; or switches, of which every one counts, with the clock (in nanoseconds, as they are). */
function eventFlags({ frequency, offCpu }: RecordOptions): string[] {
  const switches = ['-e', 'context-switches/period=1/', '--switch-events'];
  if (offCpu === 'only') return switches;
  const sampling = ['-F', String(frequency)];
  return offCpu === 'both' ? [...sampling, '-e', 'cpu-clock', ...switches] : sampling;
}

/** Turns the code in jitdump files into images beside them that `perf script` can read symbols from. */
export function perfInject(input: string, output: string, cache: string): Argv {
  return ['perf', '--buildid-dir', cache, 'inject', '-j', '-i', input, '-o', output];
}

/**
 * Prints the samples as text. Inlined frames are left out: resolving them takes minutes on a large binary. With
 * `fields` every line has what folding needs and nothing else. Without `cache` perf also looks into the user's own, where
 * `perf record` left the recording's vdso.
 */
export function perfScript(input: string, cache?: string): Argv {
  const fields = 'comm,pid,tid,time,period,event,ip,sym,symoff,dso';
  const where = cache === undefined ? [] : ['--buildid-dir', cache];
  return ['perf', ...where, 'script', '--no-inline', '-F', fields, '-i', input];
}
