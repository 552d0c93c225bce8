import { basename } from 'node:path';
import { type ImportArgs, importProfile } from '../../import/import-profile.ts';
import type { TaskContext } from '../../runner/context.ts';
import { samplesOf } from '../../stacks/measure.ts';
import { summarise } from '../../stacks/summary.ts';
import { formatSummary } from '../../stacks/summary-table.ts';
import { readStep, runAtOnce, tellOf } from './file-steps.ts';
import { openResult } from './open-result.ts';
import { type OutputRequest, ProfileOutput } from './profile-output.ts';
import { type FilterArgs, stackFilters } from './stack-filters.ts';
import { assertNoWords } from './subject.ts';

interface DrawArgs extends OutputRequest, ImportArgs, FilterArgs {}

interface RenderArgs extends DrawArgs {
  readonly file: string;
}

interface FromArgs extends DrawArgs {
  /** The file. */
  readonly user: string;
  readonly open: boolean;
}

/** `flame.render`: a profile in, a picture (or another format) out. */
export async function renderFile(args: RenderArgs, context: TaskContext): Promise<void> {
  await drawFile(args, context, ({ output, samples, counts }) => {
    context.output.result(`${output.displayName}: ${samples} ${counts}`, { output: output.path, samples });
  });
}

/** `flame --from FORMAT FILE`: the graph, and where the costs lie, of what another tool wrote. */
export async function drawImported(args: FromArgs, context: TaskContext): Promise<void> {
  assertNoWords('A profile that is drawn', context);
  const { user: file, from } = args;
  await drawFile({ ...args, file }, context, ({ output, tree, measure }) => {
    const summary = summarise(tree, measure);
    const { paint, columns } = context.output;
    const headline = `${paint('bold', output.displayName)}: ${summary.samples.toLocaleString('en')} ${measure.unit}`;
    context.output.result(`${headline}\n\n${formatSummary(summary, { paint, columns })}`, {
      output: output.path,
      format: output.format.id,
      from,
      unit: measure.unit,
      ...summary,
    });
  });
}

interface Drawn extends Pick<Awaited<ReturnType<typeof importProfile>>, 'tree' | 'measure' | 'counts'> {
  readonly output: ProfileOutput;
  readonly samples: number;
}

async function drawFile(
  args: RenderArgs & { readonly open?: boolean },
  context: TaskContext,
  report: (drawn: Drawn) => void,
): Promise<void> {
  const filters = stackFilters(args);
  const output = await ProfileOutput.prepare(args, context);
  const draw = {
    title: 'Draw the graph',
    why: `the result is wanted as ${output.format.id}`,
    outputs: [output.path],
  };
  await runAtOnce([readStep(args.file, 'its stacks are drawn'), draw], context, async (io) => {
    const profile = await importProfile(args.file, { ...args, filters }, io);
    tellOf(profile, context);
    const { tree, measure, counts, title = basename(profile.displayName) } = profile;
    await output.save({ tree, heading: { title, subtitle: '', ...measure } });
    if (output.isStdout) return;
    report({ output, tree, measure, counts, samples: samplesOf(tree) });
    if (args.open === true) await openResult(output.path, output.format.opensIn, context);
  });
}
