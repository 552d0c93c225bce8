import type { CallTree } from '../stacks/call-tree.ts';
import { displayText } from '../util/display-text.ts';
import { depthFirst } from './depth-first.ts';
import { type Metric, selfValues } from './layout.ts';

export interface SpeedscopeOptions {
  /** Shown as the profile's name. */
  readonly name: string;
  readonly metric?: Metric;
  /** What values count: `ns` gets speedscope's time formatting, anything else is a bare number. */
  readonly unit?: string;
}

/**
 * The profile in speedscope's file format (https://www.speedscope.app/file-format-schema.json): one sampled profile,
 * one weighted stack for each distinct one, root first. A frame's kind stands first in its `file`, by which speedscope
 * chooses colours; the file and line that a function is declared in follow where they are known. Nothing is left out.
 */
export function* renderSpeedscope(tree: CallTree, options: SpeedscopeOptions): Generator<string> {
  const metric = options.metric ?? 'samples';
  const unit = options.unit === 'ns' ? 'nanoseconds' : 'none';
  const name = JSON.stringify(displayText(options.name));
  const frames = tree.frames.map(({ name, kind, place }) =>
    JSON.stringify({
      name: displayText(name),
      ...(place === undefined
        ? { file: kind }
        : { file: `${kind} ${displayText(place.file)}`, line: place.line }),
    }),
  );
  yield `{"$schema":"https://www.speedscope.app/file-format-schema.json","exporter":"faasm-tasks","name":${name},`;
  yield `"activeProfileIndex":0,"shared":{"frames":[\n${frames.join(',\n')}\n]},\n`;

  const self = selfValues(tree, metric);
  const weights: number[] = [];
  yield `"profiles":[{"type":"sampled","name":${name},"unit":"${unit}","samples":[`;
  for (const node of depthFirst(tree)) {
    const weight = self[node] ?? 0;
    if (node === 0 || weight === 0) continue;
    yield `${weights.length === 0 ? '' : ','}\n[${stackOf(tree, node).join(',')}]`;
    weights.push(weight);
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  yield `\n],"weights":[${weights.join(',')}],"startValue":0,"endValue":${total}}]}\n`;
}

function stackOf(tree: CallTree, leaf: number): number[] {
  const frames: number[] = [];
  for (let node = leaf; node !== 0; node = tree.parent[node] ?? 0) frames.push(tree.frame[node] ?? 0);
  return frames.reverse();
}
