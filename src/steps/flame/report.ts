import type { Advice } from '../../import/recording-advice.ts';
import type { TaskContext } from '../../runner/context.ts';
import type { ProfileReport } from '../../stacks/named-tree.ts';
import { type Summary, summarise } from '../../stacks/summary.ts';
import { formatSummary } from '../../stacks/summary-table.ts';
import { TaskError } from '../../util/errors.ts';
import type { RunFolder } from '../../util/run-folder.ts';
import type { FlameArgs, FlameProfile } from './flame.ts';
import { adviceOnOffCpu, describeOffCpu } from './off-cpu.ts';
import { openResult } from './open-result.ts';
import type { ProfileOutput } from './profile-output.ts';
import type { Recording } from './recording.ts';
import { frequencyOf, type Target } from './target.ts';

interface Drawn {
  readonly args: FlameArgs;
  readonly target: Target;
  readonly output: ProfileOutput;
  readonly folder: RunFolder;
  readonly recording: Recording;
  readonly profile: FlameProfile;
  /** By `performance.now()`. */
  readonly started: number;
}

/**
 * Says what came out of `tasks flame`: the file, where the time went, and what would make the profile better.
 *
 * @throws TaskError for a program that ended badly after it was drawn
 */
export async function report(drawn: Drawn, context: TaskContext): Promise<void> {
  const { args, output, folder, recording } = drawn;
  const print = context.output;
  for (const text of drawn.profile.notes) print.emit({ event: 'note', text });
  for (const { message, hints } of adviceFor(drawn)) print.emit({ event: 'warning', message, hints });
  if (!output.isStdout) print.result(resultText(drawn, context), resultData(drawn));
  if (args.keep) print.emit({ event: 'note', text: `work files: ${folder.path}` });
  if (args.open) await openResult(output.path, output.format.opensIn, context);
  if (recording.endedWith === undefined) return;
  const { message, exitCode, hints, detail = '' } = recording.endedWith;
  throw new TaskError(`${message} (${output.displayName} shows what it did until then)`, {
    exitCode,
    hints,
    detail,
  });
}

/** What the samples of a profile are. */
export function countedAs({ offCpu }: Pick<FlameArgs, 'offCpu'>): string {
  return offCpu === 'only' ? 'off-CPU intervals' : 'samples';
}

function summaryOf({ profile: { tree, measure } }: Drawn): Summary {
  return summarise(tree, measure);
}

function resultText(drawn: Drawn, { output }: TaskContext): string {
  const { args, profile, started } = drawn;
  const summary = summaryOf(drawn);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const waits = profile.offCpu === undefined ? '' : `\n${describeOffCpu(profile.offCpu)}`;
  const file = output.paint('bold', drawn.output.displayName);
  const headline = `${file}: ${summary.samples} ${countedAs(args)}, in ${seconds} s${waits}`;
  const table = formatSummary(summary, { paint: output.paint, columns: output.columns });
  return `${output.isQuiet ? '' : '\n'}${headline}\n\n${table}`;
}

function resultData(drawn: Drawn): Record<string, unknown> {
  const { args, output, folder, recording, profile } = drawn;
  return {
    output: output.path,
    format: output.format.id,
    sampler: recording.sampler,
    perfEvent: profile.report.event,
    ...summaryOf(drawn),
    ...(profile.offCpu === undefined ? {} : { offCpu: profile.offCpu }),
    ...(args.keep ? { workFiles: folder.path } : {}),
  };
}

function adviceFor(drawn: Drawn): Advice[] {
  const { unfiltered, measure, offCpu, evidence, advice } = drawn.profile;
  return [
    ...(drawn.args.offCpu === 'only' ? [] : adviceOn(summarise(unfiltered, measure), drawn)),
    ...(offCpu === undefined ? [] : adviceOnOffCpu(offCpu, evidence)),
    ...advice,
  ];
}

const FEW_SAMPLES = 100;
const MANY = 0.5;

/** @throws TaskError for a profile without any sample: there is nothing to draw. */
export function assertSamples(
  counted: ProfileReport,
  recording: Recording,
  args: FlameArgs,
  target: Target,
): void {
  if (counted.samples > 0) return;
  if ('attach' in target.program) {
    throw new TaskError(`The profile has no samples: ${target.name} used no processor meanwhile`, {
      hints: ['See what it waits for: tasks perf.off-cpu, with the same flags', ...moreSamples(args, target)],
    });
  }
  const who = recording.sampler === 'perf' ? 'perf' : "V8's profiler";
  throw new TaskError(`The profile has no samples: the program ended before ${who} took one`, {
    hints: moreSamples(args, target),
  });
}

/** What a person should know about the quality of a profile, and what would fix it. */
function adviceOn(summary: Summary, { args, target, recording, profile: { report } }: Drawn): Advice[] {
  const ranBy = 'engine' in target.program ? target.program.engine : undefined;
  const advice: Advice[] = [];
  if (report.samples < FEW_SAMPLES) {
    advice.push({
      message: `Only ${report.samples} samples: shares are rough`,
      hints: moreSamples(args, target),
    });
  }
  if (report.lonelyJitSamples > report.samples * MANY) {
    advice.push({
      message: 'Most JIT samples have no callers: the compiled code keeps no frame pointers',
      hints: ['Build the runtime with frame pointers: tasks dev.cmake --perf'],
    });
  }
  if (recording.sampler === 'perf' && ranBy !== undefined && summary.shares.wasm === 0) {
    advice.push({
      message: 'No sample is in WebAssembly code of the function',
      hints: [
        ...(ranBy === 'embedded'
          ? []
          : ['The engine may not describe its JIT code to perf; the embedded one does: --engine=embedded']),
        ...moreSamples(args, target),
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

function moreSamples(args: FlameArgs, target: Target): string[] {
  const faster = `sample more often: --frequency=${Math.min(10_000, frequencyOf(args, target) * 10)}`;
  if ('attach' in target.program) return [`Record for longer: --duration=30s, or ${faster}`];
  if (!('engine' in target.program)) return [`Let the program run longer, or ${faster}`];
  return [`Call the function more often: --reps=${Math.max(1000, args.reps * 10)}, or ${faster}`];
}
