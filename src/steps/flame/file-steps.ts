import { type ImportIo, importIo } from '../../import/import-io.ts';
import type { ImportedProfile } from '../../import/import-profile.ts';
import { runSteps, type Step } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';

/** Runs a task on files whose steps are over in a moment: `--dry` tells them, a run shows no list. */
export async function runAtOnce(
  steps: readonly Step[],
  context: TaskContext,
  work: (io: ImportIo) => Promise<void>,
): Promise<void> {
  if (context.dry) await runSteps(steps, context, async () => undefined);
  else await work(importIo(context));
}

/** Reading a profile, as a step. */
export function readStep(file: string, why: string): Step {
  return { title: `Read ${file === '-' ? 'stdin' : file}`, why, inputs: [file] };
}

/** Tells what a person should know of a profile. */
export function tellOf({ advice, notes }: ImportedProfile, { output }: TaskContext): void {
  for (const { message, hints } of advice) output.emit({ event: 'warning', message, hints });
  for (const text of notes) output.emit({ event: 'note', text });
}
