import { basename } from 'node:path';
import type { TaskContext } from '../../runner/context.ts';
import { summarise } from '../../stacks/summary.ts';
import { formatSummary } from '../../stacks/summary-table.ts';
import { UsageError } from '../../util/errors.ts';
import { openResult } from './open-result.ts';
import { type ProfileFileArgs, readProfile } from './profile-file.ts';
import { type OutputRequest, ProfileOutput } from './profile-output.ts';
import { type FilterArgs, stackFilters } from './stack-filters.ts';

interface ForeignArgs extends OutputRequest, ProfileFileArgs, FilterArgs {
  /** The file. */
  readonly user: string;
  readonly func: string;
  readonly cmd: string | undefined;
  readonly data: string | undefined;
  readonly open: boolean;
}

/** `flame --from TOOL FILE`: the graph, and where the costs lie, of what another tool counted. */
export async function drawForeign(args: ForeignArgs, context: TaskContext): Promise<void> {
  const { user: file, func } = args;
  if (func !== '' || args.cmd !== undefined || args.data !== undefined) {
    throw new UsageError(
      `--from=${args.from} draws a file: nothing is run, so USER FUNC, --cmd and --data mean nothing`,
      {
        hints: [`tasks flame --from ${args.from} FILE`, 'Whose functions it ran: --function=USER/FUNC'],
      },
    );
  }
  const filters = stackFilters(args);
  const output = await ProfileOutput.prepare(args, context);
  if (context.dry) {
    return context.output.emit({ event: 'note', text: `reads ${file}, writes ${output.displayName}` });
  }
  const { tree, displayName, measure } = await readProfile(file, args, filters, context);
  await output.save({ tree, heading: { title: basename(displayName), subtitle: '', ...measure } });
  if (output.isStdout) return;
  const summary = summarise(tree, measure);
  const { paint, columns } = context.output;
  const headline = `${paint('bold', output.displayName)}: ${summary.samples.toLocaleString('en')} ${measure.unit}`;
  const table = formatSummary(summary, { paint, columns });
  context.output.result(`${headline}\n\n${table}`, {
    output: output.path,
    format: output.format.id,
    from: args.from,
    unit: measure.unit,
    ...summary,
  });
  if (args.open) await openResult(output.path, output.format.opensIn, context);
}
