import { basename, resolve } from 'node:path';
import type { NamedProfile } from '../../flamegraph/differential.ts';
import { printPlan } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import type { CallTree } from '../../stacks/call-tree.ts';
import { functionChanges } from '../../stacks/difference.ts';
import { formatChanges } from '../../stacks/difference-table.ts';
import { type ProfileFileArgs, readProfile } from './profile-file.ts';
import { differences, type OutputRequest, ProfileOutput } from './profile-output.ts';
import { type FilterArgs, type StackFilters, stackFilters } from './stack-filters.ts';

interface DiffArgs extends OutputRequest, ProfileFileArgs, FilterArgs {
  readonly before: string;
  readonly after: string;
}

/** `flame.diff`: two profiles in, one picture of both and the largest changes out. */
export async function diffFiles(args: DiffArgs, context: TaskContext): Promise<void> {
  const filters = stackFilters(args);
  const output = await ProfileOutput.prepare(args, context, differences);
  if (context.dry) {
    const plan = {
      title: `Draw the difference of ${args.before} and ${args.after}`,
      why: `it is wanted as ${output.format.id}`,
      inputs: [args.before, args.after].map((file) => (file === '-' ? '-' : resolve(context.cwd, file))),
      outputs: [output.path],
    };
    return printPlan(
      [{ note: `reads ${args.before} and ${args.after}, writes ${output.displayName}`, plan }],
      context,
    );
  }
  const before = await profileIn(args.before, args, filters, context);
  const after = await profileIn(args.after, args, filters, context);
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
}

async function profileIn(
  file: string,
  args: ProfileFileArgs,
  filters: StackFilters,
  context: TaskContext,
): Promise<NamedProfile> {
  const { displayName, tree, isRecording } = await readProfile(file, args, filters, context);
  const name = basename(file === '-' ? displayName : file);
  return { name, tree: isRecording ? tree : inSamples(tree) };
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
