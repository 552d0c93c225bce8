import { resolve } from 'node:path';
import { printPlan } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { type CodeKind, summarise } from '../../stacks/summary.ts';
import { formatSummary } from '../../stacks/summary-table.ts';
import { type ProfileFileArgs, readProfile } from './profile-file.ts';
import { type FilterArgs, stackFilters } from './stack-filters.ts';

interface TopArgs extends ProfileFileArgs, Omit<FilterArgs, 'by'> {
  readonly file: string;
  readonly by: 'self' | 'total';
  readonly kind: CodeKind | undefined;
  readonly most: number;
}

/** `flame.top`: the functions of a profile in numbers, for people as a table and for programs as JSON. */
export async function topFile(args: TopArgs, context: TaskContext): Promise<void> {
  const { by, kind, most } = args;
  const { output } = context;
  const { wasm, event, cache, focus, hide, kernel } = args;
  const filters = stackFilters({ focus, hide, kernel });
  if (context.dry) {
    const why = 'its functions are counted';
    const inputs = [args.file === '-' ? '-' : resolve(context.cwd, args.file)];
    const plan = { title: `Read ${args.file}`, why, inputs, outputs: ['-'] };
    return printPlan([{ note: `reads ${args.file}`, plan }], context);
  }
  const profile = await readProfile(
    args.file,
    { wasm, function: args.function, event, cache },
    filters,
    context,
  );
  const { metric, unit } = profile.measure;
  const summary = summarise(profile.tree, { most: Number.POSITIVE_INFINITY, metric });
  const listed = summary.hottest.filter((hot) => kind === undefined || hot.kind === kind);
  // By self they are sorted already; sorting keeps the order of what is equal.
  if (by === 'total') listed.sort((a, b) => b.total - a.total);
  const hottest = listed.slice(0, most);
  const table = formatSummary({ ...summary, hottest }, { paint: output.paint, columns: output.columns });
  const head = `${output.paint('bold', profile.displayName)}: ${summary.samples} ${profile.counts}, ${listed.length} functions${kind === undefined ? '' : ` (${kind})`}, by ${by}`;
  output.result(`${head}\n\n${table}`, {
    file: profile.displayName,
    samples: summary.samples,
    metric,
    unit,
    shares: summary.shares,
    by,
    functionsInAll: listed.length,
    functions: hottest,
  });
}
