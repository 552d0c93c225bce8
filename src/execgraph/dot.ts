/**
 * Writes an execution graph in Graphviz's DOT language (https://graphviz.org/doc/info/lang.html), for `dot` and whatever
 * else reads it. Traps of quoted strings: only `\"` is an escape of the language itself, while `\n`, `\l`, `\N` and the
 * like mean something in labels, so that a backslash of a name must be doubled; line breaks would end a label's line; a
 * label in `<…>` without quotes would be HTML, in quotes it is not. NUL and other controls are shown as their pictures.
 */
import { displayText, shortened } from '../util/display-text.ts';
import { criticalPath } from './critical-path.ts';
import { drawnNodes } from './folding.ts';
import type { MeasuredGraph } from './measure.ts';
import { boxText, hostStyles } from './picture/boxes.ts';

import { directionOf } from './picture/layout.ts';
import { headline } from './text.ts';

/** Characters of a name in a box; the tooltip has all of them. */
const longestName = 60;

/** The graph as DOT: what the picture shows, to be laid out and changed by others. */
export function renderDot(graph: MeasuredGraph, { title }: { readonly title: string }): string {
  const nodes = drawnNodes(graph, criticalPath(graph));
  const styles = hostStyles(graph.calls);
  const lines = nodes.map((node) => {
    const text = boxText(node);
    const [call] = node.calls;
    const state = call?.state;
    const style = styles.get(call?.host);
    const isOpen = state === undefined || state === 'unfinished' || state === 'missing';
    const label = [
      `${text.name}${text.times === '' ? '' : ` ${text.times}`}`,
      ...text.lines,
      text.trouble,
      text.host,
    ];
    const attributes = {
      label: label.filter((line) => line !== '').join('\n'),
      tooltip: text.facts.join('\n'),
      style: `rounded,filled${isOpen ? ',dashed' : ''}`,
      fillcolor: isOpen ? '#ffffff' : (style?.tint ?? '#ffffff'),
      color: state === 'failed' ? '#b00020' : node.isCritical ? '#1d1f24' : (style?.strong ?? '#5c6370'),
      penwidth: node.isCritical || state === 'failed' ? '2.2' : '1.2',
      ...(node.calls.length > 1 ? { peripheries: '2' } : {}),
    };
    return `  n${node.id} [${list(attributes)}];`;
  });
  const edges = nodes.flatMap(({ id, parent, isCritical }) =>
    parent === undefined
      ? []
      : [`  n${parent.id} -> n${id}${isCritical ? ' [penwidth=2.2, color="#1d1f24"]' : ''};`],
  );
  const font = 'fontname="DejaVu Sans,Verdana,sans-serif"';
  const heading = [shortened(title, 2 * longestName), headline(graph)]
    .filter((line) => line !== '')
    .join('\n');
  const head = list({
    label: heading,
    labelloc: 't',
    rankdir: directionOf(nodes),
  });
  return [
    'digraph exec_graph {',
    `  graph [${head}, ${font}];`,
    `  node [shape=box, ${font}, fontsize=11];`,
    '  edge [color="#7a828e"];',
    ...lines,
    ...edges,
    '}',
    '',
  ].join('\n');
}

function list(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => `${name}=${quoted(value)}`)
    .join(', ');
}

/** A string of the language whose label is this text, line for line. */
function quoted(text: string): string {
  const lines = text
    .split('\n')
    .map((line) =>
      displayText(line).replaceAll('\\', '\\\\').replaceAll('&', '&amp;').replaceAll('"', '\\"'),
    );
  return `"${lines.join('\\n')}"`;
}
