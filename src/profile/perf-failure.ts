import { MachineError } from '../util/errors.ts';

// Why perf would not record, and the command that would let it; from the texts of perf 5.10 to 6.12.

interface Reason {
  readonly pattern: RegExp;
  readonly what: string;
  readonly fix: string;
}

const REASONS: readonly Reason[] = [
  {
    pattern: /perf_event_mlock_kb|Permission error mapping pages/i,
    what: "perf's buffers are larger than the kernel lets this user lock (kernel.perf_event_mlock_kb)",
    fix: 'sudo sysctl kernel.perf_event_mlock_kb=4096',
  },
  {
    pattern: /can't access trace events|No permissions to read .*\/tracing|unable to find .*tracing|debugfs/i,
    what: "this user may not read the kernel's tracepoints (/sys/kernel/tracing)",
    fix: 'sudo mount -o remount,mode=755 /sys/kernel/tracing',
  },
  {
    pattern:
      /perf_event_paranoid|No permission to enable|You may not have permission|Access to performance monitoring .* limited/i,
    what: 'the kernel does not allow it to this user (kernel.perf_event_paranoid)',
    fix: 'sudo sysctl kernel.perf_event_paranoid=1',
  },
  {
    pattern: /Operation not permitted|Permission denied/i,
    what: 'this container or user may not use perf_event_open',
    fix: 'docker run --cap-add PERFMON --security-opt seccomp=unconfined …, or sudo sysctl kernel.perf_event_paranoid=1',
  },
  {
    pattern: /not found for kernel|is not installed|linux-tools|linux-perf-\d/i,
    what: 'the perf on PATH is a wrapper that has no perf for this kernel',
    fix: 'sudo apt-get install linux-perf (Debian) or linux-tools-generic (Ubuntu)',
  },
  {
    pattern: /not supported|No such device|Function not implemented/i,
    what: 'this machine has no such event',
    fix: 'perf list sw',
  },
];

export interface PerfUnusable {
  /** One clause: why perf cannot be used here. */
  readonly why: string;
  /** The command that would fix it. */
  readonly fix: string;
}

export const perfMissing: PerfUnusable = {
  why: 'perf is not installed',
  fix: 'sudo apt-get install linux-perf (Debian) or linux-tools-generic (Ubuntu)',
};

/** Explains a `perf record` that wrote no samples file from what it printed; undefined when it says nothing known. */
export function explainPerfFailure(printed: string): PerfUnusable | undefined {
  const reason = REASONS.find(({ pattern }) => pattern.test(printed));
  return reason === undefined ? undefined : { why: reason.what, fix: reason.fix };
}

/** The error for when nothing else can stand in for perf. */
export function perfUnusableError({ why, fix }: PerfUnusable, hints: readonly string[] = []): MachineError {
  return new MachineError(`Could not record with perf: ${why}`, { hints: [fix, ...hints] });
}
