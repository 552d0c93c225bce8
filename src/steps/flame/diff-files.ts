import { basename, resolve } from 'node:path';
import { parseMinWidth } from '../../flamegraph/min-width.ts';
import { reversed as reversedTree } from '../../flamegraph/reversed.ts';
import { renderFlameGraph } from '../../flamegraph/svg.ts';
import type { ImportIo } from '../../import/import-io.ts';
import { type ImportArgs, importProfile, type TreeFilters } from '../../import/import-profile.ts';
import type { TaskContext } from '../../runner/context.ts';
import type { CallTree } from '../../stacks/call-tree.ts';
import { difference, functionChanges, type ProfileDifference } from '../../stacks/difference.ts';
import { formatChanges } from '../../stacks/difference-table.ts';
import { samplesOf } from '../../stacks/measure.ts';
import { assertWritable, writeFileAtomic } from '../../util/atomic-write.ts';
import { readStep, runAtOnce, tellOf } from './file-steps.ts';
import type { PictureOptions } from './profile-output.ts';
import { type FilterArgs, stackFilters } from './stack-filters.ts';

interface DiffArgs extends PictureOptions, ImportArgs, FilterArgs {
  readonly before: string;
  readonly after: string;
  readonly format: 'svg' | 'folded' | 'json';
  readonly output: string | undefined;
}

/** A profile with the name that pictures and tables give it. */
export interface NamedProfile {
  readonly name: string;
  readonly tree: CallTree;
}

const DEFAULT_NAMES = {
  svg: 'flame.diff.svg',
  folded: 'flame.diff.folded',
  json: 'flame.diff.json',
} as const;

/** `flame.diff`: two profiles in, one picture of both and the largest changes out. */
export async function diffFiles(args: DiffArgs, context: TaskContext): Promise<void> {
  const filters = stackFilters(args);
  const displayName = args.output ?? DEFAULT_NAMES[args.format];
  const isStdout = displayName === '-';
  if (isStdout) context.output.reserveStdout();
  else if (!context.dry) await assertWritable(resolve(context.cwd, displayName), displayName);
  const path = resolve(context.cwd, displayName);
  const steps = [
    readStep(args.before, 'it is what the other is compared with'),
    readStep(args.after, 'it is compared'),
    {
      title: `Draw the difference of ${args.before} and ${args.after}`,
      why: `it is wanted as ${args.format}`,
      inputs: [args.before, args.after],
      outputs: [isStdout ? '-' : path],
    },
  ];
  await runAtOnce(steps, context, async (io) => {
    const before = await profileIn(args.before, args, filters, io, context);
    const after = await profileIn(args.after, args, filters, io, context);
    const chunks = rendered(before, after, args);
    if (isStdout) {
      for (const chunk of chunks) await context.output.write(chunk);
      return;
    }
    await writeFileAtomic(path, chunks, context.signal, displayName);
    const changes = functionChanges(before.tree, after.tree);
    const { paint, columns } = context.output;
    const table = formatChanges(changes, { names: [before.name, after.name], paint, columns });
    context.output.result(`${paint('bold', displayName)}: ${before.name} against ${after.name}\n\n${table}`, {
      output: path,
      before: before.name,
      after: after.name,
      changes: changes.filter(({ change }) => change !== 'same'),
    });
  });
}

/** A differential flame graph of two profiles as chunks of one SVG file. */
export function differentialGraph(
  before: NamedProfile,
  after: NamedProfile,
  options: PictureOptions,
): Iterable<string> {
  const sides = [before, after].map(({ tree }) => (options.reverse ? reversedTree(tree) : tree));
  const [left = before.tree, right = after.tree] = sides;
  const { tree, ...rest } = difference(left, right);
  return renderFlameGraph(tree, {
    title: options.title ?? `${before.name} against ${after.name}`,
    subtitle: `${samplesOf(before.tree)} and ${samplesOf(after.tree)} samples, each side taken as a whole`,
    minWidth: parseMinWidth(options.minwidth),
    inverted: options.inverted,
    unit: 'per mille',
    sides: { names: [before.name, after.name], ...rest },
    notes: [
      'A frame is as wide as the mean of its two shares. Coloured: differences beyond sampling error (docs/flame-graph.md, "Differences").',
    ],
    ...(options.width === undefined ? {} : { width: options.width }),
  });
}

function rendered(before: NamedProfile, after: NamedProfile, args: DiffArgs): Iterable<string> {
  switch (args.format) {
    case 'svg':
      return differentialGraph(before, after, args);
    case 'json':
      return [`${JSON.stringify(asJson(before, after), null, 1)}\n`];
    default:
      return foldedDifference(difference(before.tree, after.tree));
  }
}

function asJson(before: NamedProfile, after: NamedProfile): Record<string, unknown> {
  return {
    format: 'faasm-tasks/flame-diff',
    version: 1,
    before: { name: before.name, samples: samplesOf(before.tree) },
    after: { name: after.name, samples: samplesOf(after.tree) },
    functions: functionChanges(before.tree, after.tree),
  };
}

/** difffolded.pl's form: the stack, its samples before, its samples after. */
function* foldedDifference({ tree, before, after }: ProfileDifference): Generator<string> {
  const self = [before, after].map((inclusive) => {
    const own = inclusive.slice();
    for (let node = tree.size - 1; node > 0; node -= 1) {
      const parent = tree.parent[node] ?? 0;
      own[parent] = (own[parent] ?? 0) - (inclusive[node] ?? 0);
    }
    return own;
  });
  const stacks: string[] = [''];
  for (let node = 1; node < tree.size; node += 1) {
    const caller = stacks[tree.parent[node] ?? 0] ?? '';
    const name = (tree.frames[tree.frame[node] ?? 0]?.name ?? '').replace(/[;\r\n]/g, '_');
    stacks[node] = caller === '' ? name : `${caller};${name}`;
    const [b = 0, a = 0] = self.map((side) => side[node]);
    if (b > 0 || a > 0) yield `${stacks[node]} ${b} ${a}\n`;
  }
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
