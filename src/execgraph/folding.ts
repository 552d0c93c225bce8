import type { CriticalPath } from './critical-path.ts';
import { groupBy, type MeasuredCall, type MeasuredGraph } from './measure.ts';

/** One call, or several siblings that are shown as one. */
export interface FoldedNode {
  /** At least one. Of several, all have the same key, and parents that are folded together (or the same parent). */
  readonly calls: readonly MeasuredCall[];
  readonly children: readonly FoldedNode[];
}

interface FoldOptions {
  /** Siblings with one key are shown as one when they are more than this. 0 folds everything that repeats. */
  readonly keepUpTo: number;
  /** What makes siblings alike. */
  readonly keyOf: (call: MeasuredCall) => string;
}

/**
 * Folds siblings that repeat. Below folded calls, all their children are siblings of each other and always folded, so
 * that the shape stays readable however many calls there are. Every call is in exactly one node. Any depth.
 */
export function foldSiblings(roots: readonly MeasuredCall[], { keepUpTo, keyOf }: FoldOptions): FoldedNode[] {
  interface Draft extends FoldedNode {
    readonly children: Draft[];
  }
  const top: Draft[] = [];
  const work: { siblings: readonly MeasuredCall[]; keep: number; into: Draft[] }[] = [
    { siblings: roots, keep: keepUpTo, into: top },
  ];
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const { siblings, keep, into } = next;
    for (const node of foldOnce(siblings, keep, keyOf)) {
      const draft: Draft = { calls: node, children: [] };
      into.push(draft);
      const isFolded = node.length > 1;
      const below = isFolded ? node.flatMap(({ children }) => children) : (node[0]?.children ?? []);
      if (below.length > 0)
        work.push({ siblings: below, keep: isFolded ? 0 : keepUpTo, into: draft.children });
    }
  }
  return top;
}

/** The groups in the order of their first members; what is not folded stays where it was. */
function foldOnce(
  siblings: readonly MeasuredCall[],
  keep: number,
  keyOf: (call: MeasuredCall) => string,
): MeasuredCall[][] {
  const groups = groupBy(siblings, keyOf);
  return [...groups.values()]
    .flatMap((group) => (group.length > Math.max(1, keep) ? [group] : group.map((call) => [call])))
    .sort((a, b) => (a[0]?.index ?? 0) - (b[0]?.index ?? 0));
}

/** A box of the picture: one call, siblings that are alike, or a note about calls that are not drawn. */
export interface DrawnNode {
  /** Place in the list of all drawn nodes. */
  readonly id: number;
  readonly parent: DrawnNode | undefined;
  /** Empty for a box that only says how many calls are not drawn. */
  readonly calls: readonly MeasuredCall[];
  /** Calls that this box stands for without showing anything of them. */
  readonly hidden: number;
  readonly isCritical: boolean;
}

/** Readable on a page: siblings are folded harder until no more boxes than this are left. */
const readable = 30;
/** More boxes than this are never drawn, nor more side by side, nor more below each other: a picture is a page, not a strip. */
const most = { inAll: 100, abreast: 24, deep: 16 } as const;

/**
 * What is drawn of a graph. Siblings that did the same become one box (those of one host first, then those of all), the
 * fewer boxes the graph needs the sooner; what is still too much is counted in boxes of its own, the critical path and
 * calls near the root last.
 */
export function drawnNodes({ calls, roots }: MeasuredGraph, path: CriticalPath | undefined): DrawnNode[] {
  const byFunction = ({ name, state, message }: MeasuredCall): string =>
    message === undefined ? state : JSON.stringify([name, state]);
  const byHost = (call: MeasuredCall): string => JSON.stringify([byFunction(call), call.host]);
  const options = [
    { keepUpTo: calls.length <= readable ? 8 : 4, keyOf: byHost },
    { keepUpTo: 1, keyOf: byHost },
    { keepUpTo: 1, keyOf: byFunction },
  ];
  let top: FoldedNode[] = [];
  for (const option of options) {
    top = foldSiblings(roots, option);
    if (countUpTo(top, readable) <= readable) break;
  }
  return chosen(top, (node) => node.calls.some((call) => path?.calls.has(call) === true));
}

function countUpTo(top: readonly FoldedNode[], limit: number): number {
  const all = [...top];
  for (const { children } of all) {
    if (all.length > limit) break;
    for (const child of children) all.push(child);
  }
  return all.length;
}

function chosen(top: readonly FoldedNode[], isCritical: (node: FoldedNode) => boolean): DrawnNode[] {
  const inside = new Set<FoldedNode>();
  const breadthFirst: FoldedNode[] = [...top];
  const ranks = new Map<FoldedNode, number>(top.map((node) => [node, 0]));
  const callers = new Map<FoldedNode, FoldedNode>();
  for (const node of breadthFirst) {
    for (const child of node.children) {
      breadthFirst.push(child);
      ranks.set(child, (ranks.get(node) ?? 0) + 1);
      callers.set(child, node);
    }
  }
  const abreast: number[] = [];
  const choose = (node: FoldedNode, limit: number): void => {
    const rank = ranks.get(node) ?? 0;
    const caller = callers.get(node);
    const isReached = caller === undefined || inside.has(caller);
    const hasRoom = inside.size < limit && rank < most.deep && (abreast[rank] ?? 0) < most.abreast;
    if (inside.has(node) || !isReached || !hasRoom) return;
    inside.add(node);
    abreast[rank] = (abreast[rank] ?? 0) + 1;
  };
  // Callers come first in this order: the path leads from a root, too.
  for (const node of breadthFirst) if (isCritical(node)) choose(node, most.inAll / 2);
  for (const node of breadthFirst) choose(node, most.inAll);
  const sizes = new Map<FoldedNode, number>();
  for (const node of breadthFirst.toReversed()) {
    const below = node.children.reduce((sum, child) => sum + (sizes.get(child) ?? 0), 0);
    sizes.set(node, node.calls.length + below);
  }
  const drawn: DrawnNode[] = [];
  const add = (siblings: readonly FoldedNode[], parent: DrawnNode | undefined): [FoldedNode, DrawnNode][] => {
    const added: [FoldedNode, DrawnNode][] = [];
    let hidden = 0;
    for (const node of siblings) {
      if (!inside.has(node)) {
        hidden += sizes.get(node) ?? 0;
        continue;
      }
      const box = { id: drawn.length, parent, calls: node.calls, hidden: 0, isCritical: isCritical(node) };
      drawn.push(box);
      added.push([node, box]);
    }
    if (hidden > 0) drawn.push({ id: drawn.length, parent, calls: [], hidden, isCritical: false });
    return added;
  };
  const queue = add(top, undefined);
  for (const [node, box] of queue) for (const below of add(node.children, box)) queue.push(below);
  return drawn;
}
