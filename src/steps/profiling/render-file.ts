import { basename } from 'node:path';
import type { TaskContext } from '../../runner/index.ts';
import { readFolded, summarise } from '../../stacks/index.ts';
import { TaskError } from '../../util/errors.ts';
import { inputFile } from './input-file.ts';
import { bySamples } from './measure.ts';
import { type PictureOptions, ProfileOutput, type ResultFormat } from './profile-output.ts';

const shape = 'A line is: process;caller;function COUNT';

interface RenderArgs extends PictureOptions {
  readonly file: string;
  readonly format: ResultFormat;
  readonly output: string | undefined;
}

/** `flame.render`: folded stacks in, a picture (or another format) out. */
export async function renderFile(args: RenderArgs, context: TaskContext): Promise<void> {
  const input = await inputFile(args.file, context.cwd, context.signal);
  const output = await ProfileOutput.prepare(args, context);
  const tree = await readFolded(input.chunks(), input.shown, (lines) => {
    const message = `${input.shown}: ${lines} of its lines are no stacks and were left out`;
    context.output.emit({ event: 'warning', message, hints: [shape] });
  });
  const { samples } = summarise(tree);
  if (samples === 0) {
    throw new TaskError(`${input.shown} holds no stacks`, {
      hints: [shape],
    });
  }
  if (context.dry) return;
  await output.claim();
  try {
    await output.write(tree, { title: basename(input.shown), subtitle: '', ...bySamples }, context.signal);
  } finally {
    await output.release();
  }
  if (!output.isStdout)
    context.output.result(`${output.shown}: ${samples} samples`, { output: output.path, samples });
}
