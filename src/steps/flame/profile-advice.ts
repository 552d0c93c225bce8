import type { Advice } from '../../import/recording-advice.ts';
import type { ProfileReport } from '../../stacks/named-tree.ts';
import type { Summary } from '../../stacks/summary.ts';
import { TaskError } from '../../util/errors.ts';
import type { Recording } from './recording.ts';

interface Asked {
  readonly reps: number;
  readonly cmd: string | undefined;
  readonly frequency: number | undefined;
  /** Who ran the function; undefined for a program of the user's own. */
  readonly ranBy?: 'faasm' | 'embedded' | undefined;
}

const FEW_SAMPLES = 100;
const MANY = 0.5;

/** @throws TaskError for a profile without any sample: there is nothing to draw. */
export function assertSamples(report: ProfileReport, recording: Recording, asked: Asked): void {
  if (report.samples > 0) return;
  const why =
    recording.sampler === 'perf'
      ? 'the program ended before perf took one'
      : "the program ended before V8's profiler took one";
  throw new TaskError(`The profile has no samples: ${why}`, { hints: moreSamples(asked) });
}

/** What a person should know about the quality of a profile, and what would fix it. */
export function adviceOn(
  summary: Summary,
  report: ProfileReport,
  recording: Recording,
  asked: Asked,
): Advice[] {
  const advice: Advice[] = [];
  if (report.samples < FEW_SAMPLES) {
    advice.push({ message: `Only ${report.samples} samples: shares are rough`, hints: moreSamples(asked) });
  }
  if (report.lonelyJitSamples > report.samples * MANY) {
    advice.push({
      message: 'Most JIT samples have no callers: the compiled code keeps no frame pointers',
      hints: ['Build the runtime with frame pointers: tasks dev.cmake --perf'],
    });
  }
  if (recording.sampler === 'perf' && asked.ranBy !== undefined && summary.shares.wasm === 0) {
    advice.push({
      message: 'No sample is in WebAssembly code of the function',
      hints: [
        ...(asked.ranBy === 'embedded'
          ? []
          : ['The engine may not describe its JIT code to perf; the embedded one does: --engine=embedded']),
        ...moreSamples(asked),
      ],
    });
  }
  if (report.unresolvedSamples > report.samples * MANY) {
    advice.push({
      message: `${report.unresolvedSamples} of ${report.samples} samples have no symbol`,
      hints: [
        'Kernel symbols: sudo sysctl kernel.kptr_restrict=0; libraries: install their -dbgsym packages',
      ],
    });
  }
  return advice;
}

function moreSamples(asked: Asked): string[] {
  const faster = `sample more often: --frequency=${Math.min(10_000, (asked.frequency ?? (asked.reps > 1 ? 999 : 99)) * 10)}`;
  if (asked.cmd !== undefined) return [`Let the program run longer, or ${faster}`];
  return [`Call the function more often: --reps=${Math.max(1000, asked.reps * 10)}, or ${faster}`];
}
