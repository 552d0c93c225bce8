import { basename, resolve } from 'node:path';
import { printPlan } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { type ProfileFileArgs, readProfile, samplesOf } from './profile-file.ts';
import { type PictureOptions, ProfileOutput, type ResultFormat } from './profile-output.ts';
import { type FilterArgs, stackFilters } from './stack-filters.ts';

interface RenderArgs extends PictureOptions, ProfileFileArgs, FilterArgs {
  readonly file: string;
  readonly format: ResultFormat;
  readonly output: string | undefined;
}

/** `flame.render`: a profile in, a picture (or another format) out. */
export async function renderFile(args: RenderArgs, context: TaskContext): Promise<void> {
  const filters = stackFilters(args);
  const output = await ProfileOutput.prepare(args, context);
  const { tree, displayName, measure, counts } = await readProfile(args.file, args, filters, context);
  if (context.dry) {
    const why = `${samplesOf(tree)} ${counts} are drawn as ${args.format}`;
    const inputs = [args.file === '-' ? '-' : resolve(context.cwd, args.file)];
    return printPlan(
      [{ plan: { title: `Draw ${displayName}`, why, inputs, outputs: [output.path] } }],
      context,
    );
  }
  const samples = samplesOf(tree);
  await output.claim();
  try {
    await output.write(tree, { title: basename(displayName), subtitle: '', ...measure }, context.signal);
  } finally {
    await output.release();
  }
  if (!output.isStdout)
    context.output.result(`${output.displayName}: ${samples} ${counts}`, { output: output.path, samples });
}
