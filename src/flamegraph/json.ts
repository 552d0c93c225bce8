import type { CallTree, Frame } from '../stacks/call-tree.ts';
import { displayText } from '../util/display-text.ts';
import { frameKinds } from './frame-kinds.ts';
import { kindShares, type Metric, selfValues, sortedChildren, totalValues } from './layout.ts';

export interface JsonOptions {
  readonly name: string;
  readonly metric?: Metric;
  readonly unit?: string;
}

/**
 * The call tree as nested JSON (docs/flame-graph.md, "JSON"): a header, then `root` in the form that d3-flame-graph
 * draws, `{name, kind, value, self, children}`, with `file` and `line` where the function's declaration is known. Siblings are
 * sorted by name; nothing is left out.
 */
export function* renderJson(tree: CallTree, options: JsonOptions): Generator<string> {
  const metric = options.metric ?? 'samples';
  const self = selfValues(tree, metric);
  const total = totalValues(tree, metric);
  const children = sortedChildren(tree);
  const kinds = Object.fromEntries(
    kindShares(tree, metric).map((share, number) => [frameKinds[number] ?? '', share]),
  );
  const header = {
    format: 'faasm-tasks/flame-graph',
    version: 1,
    name: displayText(options.name),
    metric,
    unit: options.unit ?? metric,
    total: total[0] ?? 0,
    selfByKind: kinds,
  };
  yield `${JSON.stringify(header, null, 1).slice(0, -2)},\n "root":`;

  // A number opens a node; a string is text between nodes. Depth is only bounded by memory.
  const waiting: (number | string)[] = [0];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next === 'string') {
      yield next;
      continue;
    }
    const frame: Frame = (next === 0 ? undefined : tree.frames[tree.frame[next] ?? 0]) ?? {
      name: 'all',
      kind: 'root',
    };
    const { place } = frame;
    const where =
      place === undefined ? '' : `"file":${JSON.stringify(displayText(place.file))},"line":${place.line},`;
    yield `{"name":${JSON.stringify(displayText(frame.name))},"kind":"${frame.kind}",${where}"value":${total[next] ?? 0},"self":${self[next] ?? 0},"children":[`;
    waiting.push(']}');
    const first = children.offset[next] ?? 0;
    for (let i = (children.offset[next + 1] ?? 0) - 1; i >= first; i -= 1) {
      waiting.push(children.list[i] ?? 0);
      if (i > first) waiting.push(',\n');
    }
  }
  yield '}\n';
}
