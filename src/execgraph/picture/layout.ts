/**
 * Places boxes by Graphviz (as WebAssembly). The answer is its `plain` format
 * (https://graphviz.org/docs/outputs/plain/), lines of fields, inches, y upwards:
 *
 *     graph SCALE WIDTH HEIGHT
 *     node NAME X Y WIDTH HEIGHT …            X, Y: the centre
 *     edge …                                  not used: edges of a tree are simpler than Graphviz's splines
 *     stop
 *
 * Names are our own numbers and there are no labels, so no field needs quoting.
 */
import { at } from '../../util/indexed.ts';
import type { DrawnNode } from '../folding.ts';

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

/** Where each box goes. `sizes` are in the order of `nodes`; boxes of one rank are made equally long. */
export async function layOut(nodes: readonly DrawnNode[], sizes: readonly Size[]): Promise<Layout> {
  const { Graphviz } = await import('@hpcc-js/wasm-graphviz');
  const graphviz = await Graphviz.load();
  const direction = directionOf(nodes);
  const dot = layoutDot(nodes, aligned(nodes, sizes, direction), direction);
  const { boxes, ...page } = readPlain(graphviz.layout(dot, 'plain', 'dot'), nodes);
  return { ...page, boxes, edges: edgesBetween(boxes, direction) };
}

/**
 * Boxes of one rank end where the others do. An edge then begins and ends at the borders of its gap between two ranks,
 * and can cross no box, whatever its bend.
 */
function aligned(nodes: readonly DrawnNode[], sizes: readonly Size[], direction: Direction): Size[] {
  const ranks = ranksOf(nodes);
  const longest: Size[] = [];
  nodes.forEach(({ id }, index) => {
    const [rank, size] = [at(ranks, id), at(sizes, index)];
    const { width, height } = longest[rank] ?? nothing;
    longest[rank] = { width: Math.max(width, size.width), height: Math.max(height, size.height) };
  });
  return nodes.map(({ id }, index) => {
    const [size, most] = [at(sizes, index), at(longest, at(ranks, id))];
    return direction === 'LR' ? { ...size, width: most.width } : { ...size, height: most.height };
  });
}

/** From the middle of the caller's side to the middle of the callee's. */
function edgesBetween(boxes: readonly PlacedBox[], direction: Direction): PlacedEdge[] {
  return boxes.flatMap((to) => {
    const from = boxes[to.node.parent?.id ?? -1];
    if (from === undefined) return [];
    if (direction === 'LR') {
      const [x1, y1, x2, y2] = [from.x + from.width, from.y + from.height / 2, to.x, to.y + to.height / 2];
      const bend = rounded((x1 + x2) / 2);
      return [{ from: from.node, to: to.node, path: path([x1, y1], [bend, y1], [bend, y2], [x2, y2]) }];
    }
    const [x1, y1, x2, y2] = [from.x + from.width / 2, from.y + from.height, to.x + to.width / 2, to.y];
    const bend = rounded((y1 + y2) / 2);
    return [{ from: from.node, to: to.node, path: path([x1, y1], [x1, bend], [x2, bend], [x2, y2]) }];
  });
}

function path(start: readonly number[], ...bezier: readonly (readonly number[])[]): string {
  const point = (at: readonly number[]): string => at.map(rounded).join(',');
  return `M${point(start)}C${bezier.map(point).join(' ')}`;
}

type Direction = 'TB' | 'LR';
const nothing: Size = { width: 0, height: 0 };

/** `LR` for graphs that are wider than a page, else `TB`. */
export function directionOf(nodes: readonly DrawnNode[]): Direction {
  const abreast: number[] = [];
  for (const rank of ranksOf(nodes)) abreast[rank] = (abreast[rank] ?? 0) + 1;
  return abreast.some((count) => count > mostAbreast) ? 'LR' : 'TB';
}

/** How many callers are above each node; by their ids, callers before callees. */
function ranksOf(nodes: readonly DrawnNode[]): number[] {
  const ranks: number[] = [];
  for (const { id, parent } of nodes) ranks[id] = parent === undefined ? 0 : at(ranks, parent.id) + 1;
  return ranks;
}

function layoutDot(nodes: readonly DrawnNode[], sizes: readonly Size[], direction: Direction): string {
  const inches = (pixels: number): string => (pixels / pixelsPerInch).toFixed(4);
  const lines = nodes.map(({ id }) => {
    const { width, height } = sizes[id] ?? nothing;
    return `${id} [width=${inches(width)} height=${inches(height)}]`;
  });
  const edges = nodes.flatMap(({ id, parent }) => (parent === undefined ? [] : [`${parent.id} -> ${id}`]));
  const graph = `rankdir=${direction} nodesep=0.25 ranksep=${direction === 'LR' ? 1.1 : 0.55} ordering=out`;
  return `digraph { graph [${graph}] node [shape=box fixedsize=true label=""] edge [arrowhead=none]\n${[...lines, ...edges].join('\n')}\n}`;
}

function readPlain(plain: string, nodes: readonly DrawnNode[]): Omit<Layout, 'edges'> {
  let [width, height] = [0, 0];
  const boxes: PlacedBox[] = [];
  const pixels = (field = '0'): number => Number(field) * pixelsPerInch;
  for (const line of plain.split('\n')) {
    const [kind, ...fields] = line.split(' ');
    if (kind === 'graph') {
      [width, height] = [rounded(pixels(fields[1])), rounded(pixels(fields[2]))];
    } else if (kind === 'node') {
      const node = nodes[Number(fields[0])];
      const [w, h] = [pixels(fields[3]), pixels(fields[4])];
      const [x, y] = [pixels(fields[1]) - w / 2, height - pixels(fields[2]) - h / 2];
      if (node !== undefined)
        boxes.push({ node, x: rounded(x), y: rounded(y), width: rounded(w), height: rounded(h) });
    }
  }
  return { width, height, boxes: boxes.sort((a, b) => a.node.id - b.node.id) };
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
