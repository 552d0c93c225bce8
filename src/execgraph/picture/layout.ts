/**
 * Places boxes by Graphviz (as WebAssembly). The answer is its `plain` format
 * (https://graphviz.org/docs/outputs/plain/), lines of words, inches, y upwards:
 *
 *     graph SCALE WIDTH HEIGHT
 *     node NAME X Y WIDTH HEIGHT …            X, Y: the centre
 *     edge TAIL HEAD N X1 Y1 … XN YN …        a B-spline of N = 1 + 3k Bézier points
 *     stop
 *
 * Names are our own numbers and there are no labels, so no word needs quoting.
 */
import type { DrawnNode } from './drawn-nodes.ts';

/** Pixels; y downwards. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface PlacedBox extends Size {
  readonly node: DrawnNode;
  /** Upper left corner. */
  readonly x: number;
  readonly y: number;
}

export interface PlacedEdge {
  readonly from: DrawnNode;
  readonly to: DrawnNode;
  /** An SVG path, from caller to callee. */
  readonly path: string;
}

export interface Layout extends Size {
  readonly boxes: readonly PlacedBox[];
  readonly edges: readonly PlacedEdge[];
}

const pixelsPerInch = 72;
/** More siblings than this side by side make a page too wide: the graph then grows from left to right. */
const mostAbreast = 6;

/** Where each box goes. `sizes` are in the order of `nodes`. */
export async function layOut(nodes: readonly DrawnNode[], sizes: readonly Size[]): Promise<Layout> {
  const { Graphviz } = await import('@hpcc-js/wasm-graphviz');
  const graphviz = await Graphviz.load();
  return readPlain(graphviz.layout(layoutDot(nodes, sizes), 'plain', 'dot'), nodes);
}

/** `LR` for graphs that are wider than a page, else `TB`. */
export function directionOf(nodes: readonly DrawnNode[]): 'TB' | 'LR' {
  const levels: number[] = [];
  const depths: number[] = [];
  for (const { id, parent } of nodes) {
    const depth = parent === undefined ? 0 : (depths[parent.id] ?? 0) + 1;
    depths[id] = depth;
    levels[depth] = (levels[depth] ?? 0) + 1;
  }
  return levels.some((count) => count > mostAbreast) ? 'LR' : 'TB';
}

function layoutDot(nodes: readonly DrawnNode[], sizes: readonly Size[]): string {
  const inches = (pixels: number): string => (pixels / pixelsPerInch).toFixed(4);
  const lines = nodes.map(({ id }) => {
    const { width, height } = sizes[id] ?? { width: 0, height: 0 };
    return `${id} [width=${inches(width)} height=${inches(height)}]`;
  });
  const edges = nodes.flatMap(({ id, parent }) => (parent === undefined ? [] : [`${parent.id} -> ${id}`]));
  const graph = `rankdir=${directionOf(nodes)} nodesep=0.25 ranksep=0.5 ordering=out`;
  return `digraph { graph [${graph}] node [shape=box fixedsize=true label=""] edge [arrowhead=none]\n${[...lines, ...edges].join('\n')}\n}`;
}

function readPlain(plain: string, nodes: readonly DrawnNode[]): Layout {
  let [width, height] = [0, 0];
  const boxes: PlacedBox[] = [];
  const edges: PlacedEdge[] = [];
  const across = (word = '0'): number => rounded(Number(word) * pixelsPerInch);
  const down = (word = '0'): number => rounded(height - Number(word) * pixelsPerInch);
  for (const line of plain.split('\n')) {
    const [kind, ...words] = line.split(' ');
    if (kind === 'graph') {
      width = across(words[1]);
      height = across(words[2]);
    } else if (kind === 'node') {
      const node = nodes[Number(words[0])];
      const [w, h] = [across(words[3]), across(words[4])];
      if (node === undefined) continue;
      boxes.push({
        node,
        x: rounded(across(words[1]) - w / 2),
        y: rounded(down(words[2]) - h / 2),
        width: w,
        height: h,
      });
    } else if (kind === 'edge') {
      const [from, to] = [nodes[Number(words[0])], nodes[Number(words[1])]];
      const points = Array.from({ length: Number(words[2]) }, (_, at) => {
        return `${across(words[3 + 2 * at])},${down(words[4 + 2 * at])}`;
      });
      if (from === undefined || to === undefined) continue;
      edges.push({ from, to, path: `M${points[0]}C${points.slice(1).join(' ')}` });
    }
  }
  return { width, height, boxes: boxes.sort((a, b) => a.node.id - b.node.id), edges };
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
