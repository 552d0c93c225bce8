import { basename } from 'node:path';
import type { NamedProfile } from '../../flamegraph/differential.ts';
import type { ImportIo } from '../../import/import-io.ts';
import { type ImportArgs, importProfile, type TreeFilters } from '../../import/import-profile.ts';
import type { TaskContext } from '../../runner/context.ts';
import type { CallTree } from '../../stacks/call-tree.ts';
import { functionChanges } from '../../stacks/difference.ts';
import { formatChanges } from '../../stacks/difference-table.ts';
import { readStep, runAtOnce, tellOf } from './file-steps.ts';
import { differences, type OutputRequest, ProfileOutput } from './profile-output.ts';
import { type FilterArgs, stackFilters } from './stack-filters.ts';

interface DiffArgs extends OutputRequest, ImportArgs, FilterArgs {
  readonly before: string;
  readonly after: string;
}

/** `flame.diff`: two profiles in, one picture of both and the largest changes out. */
export async function diffFiles(args: DiffArgs, context: TaskContext): Promise<void> {
  const filters = stackFilters(args);
  const output = await ProfileOutput.prepare(args, context, differences);
  const steps = [
    readStep(args.before, 'it is what the other is compared with'),
    readStep(args.after, 'it is compared'),
    {
      title: `Draw the difference of ${args.before} and ${args.after}`,
      why: `it is wanted as ${output.format.id}`,
      outputs: [output.path],
    },
  ];
  await runAtOnce(steps, context, async (io) => {
    const before = await profileIn(args.before, args, filters, io, context);
    const after = await profileIn(args.after, args, filters, io, context);
    await output.save({ before, after });
    if (output.isStdout) return;
    const changes = functionChanges(before.tree, after.tree);
    const { paint, columns } = context.output;
    const table = formatChanges(changes, { names: [before.name, after.name], paint, columns });
    const headline = `${paint('bold', output.displayName)}: ${before.name} against ${after.name}`;
    context.output.result(`${headline}\n\n${table}`, {
      output: output.path,
      before: before.name,
      after: after.name,
      changes: changes.filter(({ change }) => change !== 'same'),
    });
  });
}

async function profileIn(
  file: string,
  args: ImportArgs,
  filters: TreeFilters,
  io: ImportIo,
  context: TaskContext,
): Promise<NamedProfile> {
  const profile = await importProfile(file, { ...args, filters }, io);
  tellOf(profile, context);
  const name = basename(file === '-' ? profile.displayName : file);
  return { name, tree: profile.report === undefined ? inSamples(profile.tree) : profile.tree };
}

/** No sampler's clock ticks in smaller units. */
const LEAST_PERIOD = 1000;

/** Folded counts may be sums of a constant period (nanoseconds, say) instead of samples: what divides them all is that period. */
function inSamples(tree: CallTree): CallTree {
  let period = 0;
  for (const count of tree.selfSamples) {
    if (!Number.isInteger(count)) return tree;
    for (let [x, y] = [period, count]; ; [x, y] = [y, x % y]) {
      if (y === 0) {
        period = x;
        break;
      }
    }
  }
  return period < LEAST_PERIOD
    ? tree
    : { ...tree, selfSamples: tree.selfSamples.map((count) => count / period) };
}
