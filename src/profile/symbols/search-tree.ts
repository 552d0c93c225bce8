/**
 * A red-black tree of address ranges, searched as perf searches its symbols.
 *
 * Where ranges overlap (a function that was given no size reaches over the linkage table, code that was compiled anew
 * lies over older code) perf finds whichever range its search meets first, and that depends on the shape of its tree. So
 * the same tree is built here: insertion and deletion as in Cormen et al., "Introduction to Algorithms", chapter 13,
 * which is also how Linux balances its trees.
 */
export class SearchTree {
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;
  // By node; node 0 is nil, symbol s is node s + 1. Children: left at 2 * node, right at 2 * node + 1.
  readonly #children: Uint32Array;
  readonly #parents: Uint32Array;
  readonly #isRed: Uint8Array;
  #root = 0;

  /** An empty tree for ranges `[starts[s], ends[s])`. */
  constructor(starts: Float64Array, ends: Float64Array) {
    this.#starts = starts;
    this.#ends = ends;
    const nodes = starts.length + 1;
    this.#children = new Uint32Array(nodes * 2);
    this.#parents = new Uint32Array(nodes);
    this.#isRed = new Uint8Array(nodes);
  }

  /** The first range on the way down that holds the address, or -1. An empty range holds its start. */
  find(address: number): number {
    let node = this.#root;
    while (node !== 0) {
      const start = this.#starts[node - 1] ?? 0;
      const end = this.#ends[node - 1] ?? 0;
      if (address < start) node = this.#child(node, 0);
      else if (address > end || (address === end && address !== start)) node = this.#child(node, 1);
      else return node - 1;
    }
    return -1;
  }

  /** Adds a range; one that starts where others do comes after them. */
  insert(symbol: number): void {
    const start = this.#starts[symbol] ?? 0;
    let parent = 0;
    let side = 0;
    for (let at = this.#root; at !== 0; at = this.#child(at, side)) {
      parent = at;
      side = start < (this.#starts[at - 1] ?? 0) ? 0 : 1;
    }
    const node = symbol + 1;
    this.#children[node * 2] = 0;
    this.#children[node * 2 + 1] = 0;
    this.#isRed[node] = 1;
    this.#parents[node] = parent;
    if (parent === 0) this.#root = node;
    else this.#children[parent * 2 + side] = node;
    this.#fixInsertion(node);
  }

  /** Removes a range that was added. */
  remove(symbol: number): void {
    const node = symbol + 1;
    const [left, right] = [this.#child(node, 0), this.#child(node, 1)];
    if (left === 0 || right === 0) {
      const wasRed = this.#isRed[node] === 1;
      const parent = this.#parents[node] ?? 0;
      const only = left === 0 ? right : left;
      const side = this.#sideOf(node);
      this.#replace(node, only);
      if (only !== 0) this.#isRed[only] = 0;
      else if (!wasRed) this.#fixRemoval(parent, side);
      return;
    }
    let next = right;
    while (this.#child(next, 0) !== 0) next = this.#child(next, 0);
    const wasRed = this.#isRed[next] === 1;
    const orphan = this.#child(next, 1);
    const isDirect = next === right;
    const parent = isDirect ? next : (this.#parents[next] ?? 0);
    if (!isDirect) {
      this.#replace(next, orphan);
      this.#adopt(next, 1, right);
    }
    this.#replace(node, next);
    this.#adopt(next, 0, left);
    this.#isRed[next] = this.#isRed[node] ?? 0;
    if (orphan !== 0) this.#isRed[orphan] = 0;
    else if (!wasRed) this.#fixRemoval(parent, isDirect ? 1 : 0);
  }

  /** Red nodes have no red children: restores that above a new red node. */
  #fixInsertion(added: number): void {
    let node = added;
    for (;;) {
      let parent = this.#parents[node] ?? 0;
      if (parent === 0) break;
      if (this.#isRed[parent] === 0) return;
      const grandparent = this.#parents[parent] ?? 0;
      const side = this.#sideOf(parent);
      const uncle = this.#child(grandparent, 1 - side);
      if (this.#isRed[uncle] === 1) {
        this.#isRed[uncle] = 0;
        this.#isRed[parent] = 0;
        this.#isRed[grandparent] = 1;
        node = grandparent;
        continue;
      }
      if (this.#sideOf(node) !== side) {
        this.#rotate(parent, side);
        parent = node;
      }
      this.#isRed[parent] = 0;
      this.#isRed[grandparent] = 1;
      this.#rotate(grandparent, 1 - side);
      return;
    }
    this.#isRed[node] = 0;
  }

  /** All paths have equally many black nodes: restores that where the child of `top` on `side` lacks one. */
  #fixRemoval(top: number, from: number): void {
    let parent = top;
    let side = from;
    while (parent !== 0) {
      let sibling = this.#child(parent, 1 - side);
      if (this.#isRed[sibling] === 1) {
        this.#isRed[sibling] = 0;
        this.#isRed[parent] = 1;
        this.#rotate(parent, side);
        sibling = this.#child(parent, 1 - side);
      }
      let outer = this.#child(sibling, 1 - side);
      if (this.#isRed[outer] === 0) {
        const inner = this.#child(sibling, side);
        if (this.#isRed[inner] === 0) {
          this.#isRed[sibling] = 1;
          if (this.#isRed[parent] === 1) {
            this.#isRed[parent] = 0;
            return;
          }
          side = this.#sideOf(parent);
          parent = this.#parents[parent] ?? 0;
          continue;
        }
        this.#rotate(sibling, 1 - side);
        outer = sibling;
        sibling = inner;
      }
      this.#isRed[sibling] = this.#isRed[parent] ?? 0;
      this.#isRed[parent] = 0;
      this.#isRed[outer] = 0;
      this.#rotate(parent, side);
      return;
    }
  }

  /** Moves `node` down to `side`, its child on the other side up. */
  #rotate(node: number, side: number): void {
    const up = this.#child(node, 1 - side);
    const between = this.#child(up, side);
    this.#replace(node, up);
    this.#adopt(node, 1 - side, between);
    this.#adopt(up, side, node);
  }

  #child(node: number, side: number): number {
    return this.#children[node * 2 + side] ?? 0;
  }

  #sideOf(node: number): number {
    return this.#child(this.#parents[node] ?? 0, 0) === node ? 0 : 1;
  }

  #adopt(parent: number, side: number, child: number): void {
    this.#children[parent * 2 + side] = child;
    if (child !== 0) this.#parents[child] = parent;
  }

  /** Puts `next` (or nothing) into the place of `node`. */
  #replace(node: number, next: number): void {
    const parent = this.#parents[node] ?? 0;
    if (parent === 0) {
      this.#root = next;
      if (next !== 0) this.#parents[next] = 0;
    } else this.#adopt(parent, this.#sideOf(node), next);
  }
}
