import { basename, resolve } from 'node:path';
import { printPlan } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { type ProfileFileArgs, readProfile, samplesOf } from './profile-file.ts';
import { type OutputRequest, ProfileOutput } from './profile-output.ts';
import { type FilterArgs, stackFilters } from './stack-filters.ts';

interface RenderArgs extends OutputRequest, ProfileFileArgs, FilterArgs {
  readonly file: string;
}

/** `flame.render`: a profile in, a picture (or another format) out. */
export async function renderFile(args: RenderArgs, context: TaskContext): Promise<void> {
  const filters = stackFilters(args);
  const output = await ProfileOutput.prepare(args, context);
  const { tree, displayName, measure, counts } = await readProfile(args.file, args, filters, context);
  if (context.dry) {
    const why = `${samplesOf(tree)} ${counts} are drawn as ${output.format.id}`;
    const inputs = [args.file === '-' ? '-' : resolve(context.cwd, args.file)];
    return printPlan(
      [{ plan: { title: `Draw ${displayName}`, why, inputs, outputs: [output.path] } }],
      context,
    );
  }
  const samples = samplesOf(tree);
  await output.save({ tree, heading: { title: basename(displayName), subtitle: '', ...measure } });
  if (!output.isStdout)
    context.output.result(`${output.displayName}: ${samples} ${counts}`, { output: output.path, samples });
}
