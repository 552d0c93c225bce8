import type { CallTree } from '../stacks/call-tree.ts';
import { displayText } from '../util/display-text.ts';
import { at } from '../util/indexed.ts';
import type { RenderOptions } from './formats.ts';
import { frameKinds, wholeFrame } from './frame-kinds.ts';
import { kindShares, selfValues, sortedChildren, totalValues } from './layout.ts';

/**
 * The call tree as nested JSON (docs/flame-graph.md, "JSON"): a header, then `root` in the form that d3-flame-graph
 * draws, `{name, kind, value, self, children}`, with `file` and `line` where the function's declaration is known. Siblings are
 * sorted by name; nothing is left out.
 */
export function* renderJson(tree: CallTree, options: RenderOptions): Generator<string> {
  const metric = options.metric ?? 'samples';
  const self = selfValues(tree, metric);
  const total = totalValues(tree, metric);
  const children = sortedChildren(tree);
  const shares = kindShares(tree, metric);
  const header = {
    format: 'faasm-tasks/flame-graph',
    version: 1,
    name: displayText(options.title),
    metric,
    unit: options.unit ?? metric,
    total: at(total, 0),
    selfByKind: Object.fromEntries(frameKinds.map((kind, number) => [kind, at(shares, number)])),
  };
  yield `${JSON.stringify(header, null, 1).slice(0, -2)},\n "root":`;

  // A number opens a node; a string is text between nodes. Depth is only bounded by memory.
  const waiting: (number | string)[] = [0];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next === 'string') {
      yield next;
      continue;
    }
    const { name, kind, place } = next === 0 ? wholeFrame : at(tree.frames, at(tree.frame, next));
    const where =
      place === undefined ? '' : `"file":${JSON.stringify(displayText(place.file))},"line":${place.line},`;
    yield `{"name":${JSON.stringify(displayText(name))},"kind":"${kind}",${where}"value":${at(total, next)},"self":${at(self, next)},"children":[`;
    waiting.push(']}');
    const first = at(children.offset, next);
    for (let i = at(children.offset, next + 1) - 1; i >= first; i -= 1) {
      waiting.push(at(children.list, i));
      if (i > first) waiting.push(',\n');
    }
  }
  yield '}\n';
}
