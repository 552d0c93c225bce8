/**
 * Makes stacks from a call graph, which knows who called whom and not by which way. The rule:
 *
 * - A function's cost is shared out over the ways that lead to it in proportion to what the calls on each way cost.
 * - Functions that call each other in a circle are entered as one: each stands once below the function it was entered by,
 *   on the shortest way. What the circle costs and what it calls stay exactly what they were.
 * - Ways that are too thin to be seen in any picture (there may be billions) are summed up below one frame.
 * - Shares are rounded so that each function's own cost is exactly callgrind's, and with it the total.
 */
import type { CallTree, FrameKind, NodeId } from '../stacks/call-tree.ts';
import { CallTreeBuilder } from '../stacks/call-tree-builder.ts';
import { type CallCircles, callCircles } from './call-circles.ts';
import type { CallGraph } from './callgrind-file.ts';

/** What a function is called in the picture. */
export interface DisplayedFunction {
  readonly name: string;
  readonly kind: FrameKind;
}

const MOST_NODES = 300_000;
/** Parts of the whole below which ways are summed up, tried in turn until the tree is small enough. */
const THINNEST = [0, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3] as const;
const THIN_WAYS = '[ways too thin to be seen]';

/** The call tree of a graph, below a root frame of this name; samples and weights both are the event's cost. */
export function stacksOf(graph: CallGraph, displayed: readonly DisplayedFunction[], root: string): CallTree {
  const circles = callCircles(graph);
  for (const thinnest of THINNEST) {
    const tree = new Expansion(graph, circles, displayed, root).tree(thinnest);
    if (tree !== undefined) return tree;
  }
  throw new Error('a thousand ways are too many');
}

interface Visit {
  readonly entry: number;
  readonly caller: NodeId;
  readonly flow: number;
}

class Expansion {
  readonly #graph: CallGraph;
  readonly #circles: CallCircles;
  readonly #shown: readonly DisplayedFunction[];
  readonly #builder = new CallTreeBuilder();
  readonly #root: NodeId;
  /** For each function its nodes and what of it lies there. */
  readonly #places: Map<NodeId, number>[];
  readonly #thin: Float64Array;
  readonly #thinFlow: Float64Array;
  #nodes = 0;

  constructor(graph: CallGraph, circles: CallCircles, displayed: readonly DisplayedFunction[], root: string) {
    this.#graph = graph;
    this.#circles = circles;
    this.#shown = displayed;
    this.#root = this.#builder.child(CallTreeBuilder.root, this.#builder.frame(root, 'root'));
    this.#places = graph.functions.map(() => new Map<NodeId, number>());
    this.#thin = new Float64Array(graph.functions.length);
    this.#thinFlow = new Float64Array(circles.all.length);
  }

  /** Undefined when there are too many ways of at least this part of the whole. */
  tree(thinnest: number): CallTree | undefined {
    const least = thinnest * this.#graph.self.reduce((sum, self) => sum + self, 0);
    const visits: Visit[] = [];
    for (const { entry, rootFlow } of this.#circles.all) {
      if (rootFlow > 0) visits.push({ entry, caller: this.#root, flow: rootFlow });
    }
    for (let visit = visits.pop(); visit !== undefined; visit = visits.pop()) {
      this.#visit(visit, least, visits);
      if (this.#nodes > MOST_NODES) return undefined;
    }
    this.#spreadThinFlow();
    this.#shareOut();
    return this.#builder.build();
  }

  /** Puts a circle (mostly one function) below its caller, and its calls on the list. */
  #visit({ entry, caller, flow }: Visit, least: number, visits: Visit[]): void {
    const circle = this.#circles.all[this.#circles.of[entry] ?? 0];
    if (circle === undefined || circle.cost === 0) return;
    const part = flow / circle.cost;
    for (const { fn, way } of this.#waysFrom(entry)) {
      let node: NodeId | undefined;
      // Frames are made where something is to stand on them.
      const here = (): NodeId => {
        node ??= way.reduce<NodeId>((at, next) => this.#child(at, next), caller);
        return node;
      };
      const own = part * (this.#graph.self[fn] ?? 0);
      if (own > 0 && own >= least) this.#place(fn, here(), own);
      else this.#thin[fn] = (this.#thin[fn] ?? 0) + own;
      for (const { to, cost } of this.#circles.leaving[fn] ?? []) {
        const share = part * cost;
        const target = this.#circles.of[to] ?? 0;
        if (share > 0 && share >= least) visits.push({ entry: to, caller: here(), flow: share });
        else this.#thinFlow[target] = (this.#thinFlow[target] ?? 0) + share;
      }
    }
  }

  /** The members of a circle, each with the shortest way from its entry, both included. */
  #waysFrom(entry: number): readonly { readonly fn: number; readonly way: readonly number[] }[] {
    const found = [{ fn: entry, way: [entry] }];
    const inside = this.#circles.inside;
    if ((inside[entry] ?? []).length === 0) return found;
    const seen = new Set([entry]);
    for (let at = 0; at < found.length; at += 1) {
      const { fn, way } = found[at] ?? { fn: entry, way: [] };
      for (const to of inside[fn] ?? []) {
        if (seen.has(to)) continue;
        seen.add(to);
        found.push({ fn: to, way: [...way, to] });
      }
    }
    return found;
  }

  /** What flows along thin ways reaches everything below in the same proportions; callers come before callees. */
  #spreadThinFlow(): void {
    this.#circles.all.forEach(({ members, cost }, at) => {
      const part = cost === 0 ? 0 : (this.#thinFlow[at] ?? 0) / cost;
      if (part === 0) return;
      for (const fn of members) {
        this.#thin[fn] = (this.#thin[fn] ?? 0) + part * (this.#graph.self[fn] ?? 0);
        for (const { to, cost: edge } of this.#circles.leaving[fn] ?? []) {
          const target = this.#circles.of[to] ?? 0;
          this.#thinFlow[target] = (this.#thinFlow[target] ?? 0) + part * edge;
        }
      }
    });
  }

  #shareOut(): void {
    this.#places.forEach((places, fn) => {
      const self = this.#graph.self[fn] ?? 0;
      if (self === 0) return;
      const thin = this.#thin[fn] ?? 0;
      const shares: [NodeId | undefined, number][] = [...places];
      if (thin > 0 || shares.length === 0) shares.push([undefined, shares.length === 0 ? 1 : thin]);
      const whole = shares.reduce((sum, [, share]) => sum + share, 0);
      let before = 0;
      let given = 0;
      shares.forEach(([node, share], at) => {
        before += share;
        const upTo = at === shares.length - 1 ? self : Math.min(self, Math.round((before / whole) * self));
        const cost = upTo - given;
        given = upTo;
        if (cost > 0) this.#builder.add(node ?? this.#thinNode(fn), cost, cost);
      });
    });
  }

  #thinNode(fn: number): NodeId {
    const gathered = this.#builder.child(this.#root, this.#builder.frame(THIN_WAYS, 'unknown'));
    return this.#child(gathered, fn);
  }

  #place(fn: number, node: NodeId, own: number): void {
    const places = this.#places[fn];
    places?.set(node, (places.get(node) ?? 0) + own);
  }

  #child(parent: NodeId, fn: number): NodeId {
    const { name, kind } = this.#shown[fn] ?? { name: '', kind: 'unknown' as const };
    this.#nodes += 1;
    return this.#builder.child(parent, this.#builder.frame(name, kind));
  }
}
