import type { Advice } from '../../import/recording-advice.ts';
import type { CallGraph } from '../../profile/perf-commands.ts';
import type { RecordingEvidence } from '../../profile/perfdata/evidence.ts';
import type { OffCpuTotals } from '../../profile/perfdata/off-cpu.ts';
import type { OffCpuChoice } from '../../profile/perfdata/perf-data.ts';
import { TaskError, UsageError } from '../../util/errors.ts';

/** @throws UsageError for what cannot tell where a thread waits. */
export function assertOffCpuPossible(args: {
  readonly offCpu?: OffCpuChoice | undefined;
  readonly sampler: string;
  readonly via: string;
  readonly callGraph: CallGraph;
}): void {
  if (args.offCpu === undefined) return;
  const clash =
    args.sampler === 'v8'
      ? "--sampler=v8: V8's profiler sees running code only"
      : args.via === 'perf-script'
        ? '--via=perf-script: its text does not say when threads come back'
        : args.callGraph === 'fp'
          ? undefined
          : `--call-graph=${args.callGraph}: callers of a switch are followed by frame pointers`;
  if (clash === undefined) return;
  throw new UsageError(`Off-CPU time cannot be had with ${clash}`, {
    hints: [`Leave out ${clash.replace(/:.*/, '')}`],
  });
}

/** @throws TaskError when no thread ever waited, and nothing else was sampled. */
export function assertOffCpuIntervals(samples: number): void {
  if (samples > 0) return;
  throw new TaskError('Nothing to draw: no thread went off-CPU while it was recorded', {
    hints: ['Running code is what `tasks flame` shows.'],
  });
}

/** The totals in one line: `off-CPU: 512.4 ms in 13 intervals (blocked 510.0 ms, waiting for a CPU 2.4 ms)`. */
export function describeOffCpu({ blockedNs, preemptedNs, intervals }: OffCpuTotals): string {
  const times = intervals === 1 ? '1 interval' : `${intervals} intervals`;
  const parts = `blocked ${milliseconds(blockedNs)}, waiting for a CPU ${milliseconds(preemptedNs)}`;
  return `off-CPU: ${milliseconds(blockedNs + preemptedNs)} in ${times} (${parts})`;
}

/** What a person should know about off-CPU numbers. */
export function adviceOnOffCpu(totals: OffCpuTotals, evidence: RecordingEvidence | undefined): Advice[] {
  const advice: Advice[] = [];
  const { intervals, withoutStack, unfinished } = totals;
  if (withoutStack > 0 && evidence?.excludesKernel === true) {
    advice.push({
      message: `${withoutStack} of ${intervals} off-CPU intervals have no stack: this user may not record in the kernel, where threads wait`,
      hints: ['sudo sysctl kernel.perf_event_paranoid=1'],
    });
  } else if (withoutStack > intervals / 10) {
    advice.push({ message: `${withoutStack} of ${intervals} off-CPU intervals have no stack`, hints: [] });
  }
  if (unfinished > 0) {
    const threads = unfinished === 1 ? '1 thread was' : `${unfinished} threads were`;
    advice.push({
      message: `${threads} still off-CPU when the recording ended: counted up to there`,
      hints: [],
    });
  }
  return advice;
}

function milliseconds(ns: number): string {
  return `${(ns / 1e6).toFixed(1)} ms`;
}
