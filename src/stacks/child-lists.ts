import type { CallTree } from './call-tree.ts';

/** The callees of every node as linked lists: `first[node]`, then `next[child]`; 0 ends a list. */
export interface ChildLists {
  readonly first: Uint32Array;
  readonly next: Uint32Array;
}

/** Turns a tree's parent links round. */
export function childLists(tree: CallTree): ChildLists {
  const first = new Uint32Array(tree.size);
  const next = new Uint32Array(tree.size);
  for (let node = tree.size - 1; node > 0; node -= 1) {
    const parent = tree.parent[node] ?? 0;
    next[node] = first[parent] ?? 0;
    first[parent] = node;
  }
  return { first, next };
}
