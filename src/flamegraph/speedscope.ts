import type { CallTree } from '../stacks/call-tree.ts';
import { displayText } from '../util/display-text.ts';
import { at } from '../util/indexed.ts';
import type { RenderOptions } from './formats.ts';
import { depthFirst, selfValues, stackOf } from './layout.ts';

/**
 * The profile in speedscope's file format (https://www.speedscope.app/file-format-schema.json): one sampled profile,
 * one weighted stack for each distinct one, root first. A frame's kind stands first in its `file`, by which speedscope
 * chooses colours; the file and line that a function is declared in follow where they are known. Values in `ns` get its time
 * formatting, others are bare numbers. Nothing is left out.
 */
export function* renderSpeedscope(tree: CallTree, options: RenderOptions): Generator<string> {
  const metric = options.metric ?? 'samples';
  const unit = options.unit === 'ns' ? 'nanoseconds' : 'none';
  const name = JSON.stringify(displayText(options.title));
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
    const weight = at(self, node);
    if (node === 0 || weight === 0) continue;
    yield `${weights.length === 0 ? '' : ','}\n[${stackOf(tree, node).reverse().join(',')}]`;
    weights.push(weight);
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  yield `\n],"weights":[${weights.join(',')}],"startValue":0,"endValue":${total}}]}\n`;
}
