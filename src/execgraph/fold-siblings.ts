import { groupBy } from './group-by.ts';
import type { MeasuredCall } from './measure.ts';

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
