import { type ImportArgs, importProfile } from '../../import/import-profile.ts';
import type { TaskContext } from '../../runner/context.ts';
import { type CodeKind, summarise } from '../../stacks/summary.ts';
import { formatSummary } from '../../stacks/summary-table.ts';
import { readStep, runAtOnce, tellOf } from './file-steps.ts';
import { type FilterArgs, stackFilters } from './stack-filters.ts';

export interface TopArgs extends ImportArgs, Omit<FilterArgs, 'by'> {
  readonly file: string;
  readonly by: 'self' | 'total';
  readonly kind: CodeKind | undefined;
  readonly most: number;
}

/** `flame.top`: the functions of a profile in numbers, for people as a table and for programs as JSON. */
export async function topFile(args: TopArgs, context: TaskContext): Promise<void> {
  const { file, by, kind, most, focus, hide, kernel } = args;
  const { output } = context;
  const filters = stackFilters({ focus, hide, kernel });
  const count = { ...readStep(file, 'its functions are counted'), outputs: ['-'] };
  await runAtOnce([count], context, async (io) => {
    const profile = await importProfile(file, { ...args, filters }, io);
    tellOf(profile, context);
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
  });
}
