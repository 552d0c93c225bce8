import type { RecordingEvidence } from '../profile/perfdata/evidence.ts';

/** Something a person should know, and the commands that would fix it. */
export interface Advice {
  readonly message: string;
  readonly hints: readonly string[];
}

interface Counted {
  readonly samples: number;
}

/** Below this share of the samples a binary without names is not worth a line. */
const WORTH_A_LINE = 0.02;
const MOST_BINARIES = 5;

/** What a recording itself tells about names that are missing and samples that are not there; worst first. */
export function adviceOfRecording(evidence: RecordingEvidence, { samples }: Counted): Advice[] {
  return [
    ...ofDamage(evidence),
    ...ofLosses(evidence),
    ...ofJitdumps(evidence),
    ...ofSymbols(evidence, samples),
  ];
}

function ofDamage({ truncated, hasTraces }: RecordingEvidence): Advice[] {
  const advice: Advice[] = [];
  if (truncated !== undefined) {
    const what = {
      'not ended': 'The recording did not end properly: what is in the file was read',
      cut: 'The recording is cut off: what is before that was read',
      damaged: 'The recording is damaged: what is before that was read',
    }[truncated];
    advice.push({
      message: what,
      hints: ['End perf record with Ctrl-C (SIGINT), and copy the file when it has ended.'],
    });
  }
  if (hasTraces) {
    advice.push({
      message: 'The hardware traces in the recording were skipped: only samples are read',
      hints: ['perf script --itrace=i10us -i perf.data | tasks flame.fold -'],
    });
  }
  return advice;
}

function ofLosses({ lostEvents, lostSamples, throttles }: RecordingEvidence): Advice[] {
  const advice: Advice[] = [];
  if (lostEvents + lostSamples > 0) {
    advice.push({
      message: `perf lost ${lostEvents + lostSamples} events: it could not read as fast as the kernel wrote`,
      hints: ['Give it more room, or sample less often: perf record -m 4M -F 99 …'],
    });
  }
  if (throttles > 0) {
    advice.push({
      message: `The kernel paused the sampling ${throttles} times, because it took too much of the processor`,
      hints: ['Sample less often: -F 99, or: sudo sysctl kernel.perf_cpu_time_max_percent=50'],
    });
  }
  return advice;
}

function ofJitdumps({ jitdumps, unresolved }: RecordingEvidence): Advice[] {
  const advice: Advice[] = [];
  for (const { pid, path, state } of jitdumps) {
    const of = `The jitdump of process ${pid}`;
    if (state === 'missing') {
      advice.push({
        message: `${of} is not there any more, so its JIT code has no names: ${path}`,
        hints: ['Say where it is now: tasks flame.fold perf.data --jitdump FOLDER'],
      });
    } else if (state === 'empty') {
      advice.push({
        message: `${of} is empty: it compiled nothing, or ended before it wrote: ${path}`,
        hints: ['Let the process end by itself, and record again.'],
      });
    } else if (state === 'cut') {
      advice.push({
        message: `${of} is cut off, so code that was compiled late has no names: ${path}`,
        hints: ['Let the process end by itself, and copy the dump afterwards.'],
      });
    } else if (state === 'not a jitdump' || state === 'other process') {
      const what = state === 'other process' ? 'is of another process' : 'is not a jitdump';
      advice.push({
        message: `${of} ${what}, so its JIT code has no names: ${path}`,
        hints: ['Say where the right one is: tasks flame.fold perf.data --jitdump FOLDER'],
      });
    } else if (state === 'other clock') {
      advice.push({
        message: `${of} cannot be used: the recording was made without -k 1, and times do not compare`,
        hints: ['perf record -k 1 -g …'],
      });
    } else if (state === 'processor clock') {
      advice.push({
        message: `${of} cannot be used: its times are the processor's counter, and the recording does not say how to convert it`,
        hints: ['Have the runtime write CLOCK_MONOTONIC, and record with: perf record -k 1 -g …'],
      });
    }
  }
  const nameless = unresolved.filter(({ dso }) => /^\/tmp\/perf-\d+\.map$/.test(dso));
  const samples = nameless.reduce((sum, { samples: count }) => sum + count, 0);
  if (samples > 0 && jitdumps.length === 0) {
    advice.push({
      message: `${samples} samples are in code made at run time, and no jitdump was mapped: the runtime did not describe its code`,
      hints: [
        'Faasm: tasks dev.cmake --perf; Node: node --perf-prof --interpreted-frames-native-stack …; Wasmtime: --profile=jitdump',
      ],
    });
  }
  return advice;
}

function ofSymbols(
  { unresolved, excludesKernel, kernelIsHidden }: RecordingEvidence,
  samples: number,
): Advice[] {
  const advice: Advice[] = [];
  if (kernelIsHidden) {
    const other = unresolved.find(({ dso, why }) => dso.startsWith('[kernel') && why === 'other build');
    advice.push(
      other === undefined
        ? {
            message: 'Kernel functions have no names: their addresses are hidden',
            hints: ['sudo sysctl kernel.kptr_restrict=0'],
          }
        : {
            message: `Kernel functions have no names: ${other.detail}`,
            hints: ['Read the recording on the machine that made it.'],
          },
    );
  }
  if (excludesKernel) {
    advice.push({
      message: 'Only user code was recorded, so time in the kernel is not in the graph',
      hints: ['sudo sysctl kernel.perf_event_paranoid=1'],
    });
  }
  const files = unresolved.filter(({ dso }) => dso.startsWith('/') && !/^\/tmp\/perf-\d+\.map$/.test(dso));
  const wide = files.filter((file) => file.why === 'other build' || file.samples >= samples * WORTH_A_LINE);
  for (const { dso, samples: count, why, detail } of wide.slice(0, MOST_BINARIES)) {
    const where = `${count} of ${samples} samples have no symbol in ${dso}`;
    if (why === 'other build') {
      advice.push({
        message: `${where}: the file changed since the recording (${detail})`,
        hints: ['Record again, or put the old file back.'],
      });
    } else if (why === 'missing') {
      advice.push({
        message: `${where}: the file is not there`,
        hints: ['Read the recording on the machine that made it.'],
      });
    } else if (why === 'stripped' || why === 'not in its symbols') {
      advice.push({
        message: `${where}: it was built without them`,
        hints: [`Install its -dbgsym package: apt-file search ${dso}, or build it without stripping (-g)`],
      });
    }
  }
  return advice;
}
