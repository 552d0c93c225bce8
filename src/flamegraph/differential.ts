import type { CallTree } from '../stacks/call-tree.ts';
import { difference, functionChanges } from '../stacks/difference.ts';
import { at } from '../util/indexed.ts';
import type { DiffOptions } from './formats.ts';
import { reversed, wholeOf } from './layout.ts';
import { renderFlameGraph } from './svg.ts';

/** A profile with the name that pictures and tables give it. */
export interface NamedProfile {
  readonly name: string;
  readonly tree: CallTree;
}

/** A differential flame graph of two profiles as chunks of one SVG file. */
export function differentialGraph(
  before: NamedProfile,
  after: NamedProfile,
  options: DiffOptions,
): Iterable<string> {
  const [left, right] = options.reverse
    ? [reversed(before.tree), reversed(after.tree)]
    : [before.tree, after.tree];
  const { tree, ...sides } = difference(left, right);
  const [samplesBefore, samplesAfter] = [before, after].map((side) => wholeOf(side.tree, 'samples'));
  return renderFlameGraph(tree, {
    ...options,
    title: options.title ?? `${before.name} against ${after.name}`,
    subtitle: `${samplesBefore} and ${samplesAfter} samples, each side taken as a whole`,
    reverse: false,
    // As in a reversed graph of one profile.
    ...(options.reverse === true ? { engineFrames: 'all' } : {}),
    unit: 'per mille',
    sides: { names: [before.name, after.name], ...sides },
    notes: [
      'A frame is as wide as the mean of its two shares. Coloured: differences beyond sampling error (docs/flame-graph.md, "Differences").',
    ],
  });
}

/** One object with a row a function. */
export function differenceJson(before: NamedProfile, after: NamedProfile): [string] {
  const side = ({ name, tree }: NamedProfile) => ({ name, samples: wholeOf(tree, 'samples') });
  const data = {
    format: 'faasm-tasks/flame-diff',
    version: 1,
    before: side(before),
    after: side(after),
    functions: functionChanges(before.tree, after.tree),
  };
  return [`${JSON.stringify(data, null, 1)}\n`];
}

/** difffolded.pl's form: the stack, its samples before, its samples after. */
export function* foldedDifference(one: NamedProfile, other: NamedProfile): Generator<string> {
  const { tree, before, after } = difference(one.tree, other.tree);
  const [selfBefore, selfAfter] = [ownSamples(tree, before), ownSamples(tree, after)];
  const stacks: string[] = [''];
  for (let node = 1; node < tree.size; node += 1) {
    const caller = at(stacks, at(tree.parent, node));
    const name = at(tree.frames, at(tree.frame, node)).name.replace(/[;\r\n]/g, '_');
    const stack = caller === '' ? name : `${caller};${name}`;
    stacks.push(stack);
    const [b, a] = [at(selfBefore, node), at(selfAfter, node)];
    if (b > 0 || a > 0) yield `${stack} ${b} ${a}\n`;
  }
}

/** What ended in each node, from what ended in it and all it called. */
function ownSamples(tree: CallTree, inclusive: Float64Array): Float64Array {
  const own = inclusive.slice();
  for (let node = tree.size - 1; node > 0; node -= 1) {
    const parent = at(tree.parent, node);
    own[parent] = at(own, parent) - at(inclusive, node);
  }
  return own;
}
