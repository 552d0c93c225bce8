import type { CallGraph } from './callgrind-file.ts';

/** Functions that call each other in a circle, directly or through others; mostly one function alone. */
export interface CallCircle {
  readonly members: readonly number[];
  /** What the members cost and what they call outside of the circle. */
  readonly cost: number;
  /** How much of that no call from outside accounts for: the program starts here. */
  readonly rootFlow: number;
  /** The member that costs most with its callees. */
  readonly entry: number;
}

/** A call graph with its circles found. */
export interface CallCircles {
  /** Callers before callees. */
  readonly all: readonly CallCircle[];
  /** The circle of each function, an index into `all`. */
  readonly of: readonly number[];
  /** For each function what it calls inside of its circle, but itself, dearest first. */
  readonly inside: readonly (readonly number[])[];
  /** For each function its calls out of the circle. */
  readonly leaving: readonly (readonly { readonly to: number; readonly cost: number }[])[];
}

/** Finds the circles of calls (strongly connected components, Tarjan 1972, without recursion). */
export function callCircles({ functions, self, edges }: CallGraph): CallCircles {
  const calls: { readonly to: number; readonly cost: number }[][] = functions.map(() => []);
  for (const { from, to, cost } of edges) if (from !== to) calls[from]?.push({ to, cost });
  for (const list of calls) list.sort((a, b) => b.cost - a.cost || a.to - b.to);
  const groups = components(calls.map((list) => list.map(({ to }) => to))).reverse();
  const of = new Array<number>(functions.length).fill(0);
  groups.forEach((members, at) => {
    for (const fn of members) of[fn] = at;
  });
  const isInside = (from: number, to: number): boolean => of[from] === of[to];
  const leaving = calls.map((list, from) => list.filter(({ to }) => !isInside(from, to)));
  const inside = calls.map((list, from) => list.filter(({ to }) => isInside(from, to)).map(({ to }) => to));
  const entering = new Float64Array(groups.length);
  for (const { to, cost } of leaving.flat()) entering[of[to] ?? 0] = (entering[of[to] ?? 0] ?? 0) + cost;
  const all = groups.map((members, at) => {
    const costOf = (fn: number): number =>
      (leaving[fn] ?? []).reduce((sum, edge) => sum + edge.cost, self[fn] ?? 0);
    const inclusive = (fn: number): number =>
      (calls[fn] ?? []).reduce((sum, call) => sum + call.cost, self[fn] ?? 0);
    const cost = members.reduce((sum, fn) => sum + costOf(fn), 0);
    const entry = members.reduce((best, fn) => (inclusive(fn) > inclusive(best) ? fn : best));
    return { members, cost, entry, rootFlow: Math.max(0, cost - (entering[at] ?? 0)) };
  });
  return { all, of, inside, leaving };
}

/** Strongly connected components, callees before callers. */
function components(callees: readonly (readonly number[])[]): number[][] {
  const order = new Int32Array(callees.length).fill(-1);
  const low = new Int32Array(callees.length);
  const isOpen = new Uint8Array(callees.length);
  const open: number[] = [];
  const found: number[][] = [];
  let count = 0;
  const way: { readonly fn: number; next: number }[] = [];
  const enter = (fn: number): void => {
    order[fn] = low[fn] = count;
    count += 1;
    open.push(fn);
    isOpen[fn] = 1;
    way.push({ fn, next: 0 });
  };
  const lower = (fn: number, to: number): void => {
    low[fn] = Math.min(low[fn] ?? 0, to);
  };
  for (let start = 0; start < callees.length; start += 1) {
    if (order[start] === -1) enter(start);
    for (let at = way.at(-1); at !== undefined; at = way.at(-1)) {
      const to = callees[at.fn]?.[at.next];
      at.next += 1;
      if (to !== undefined) {
        if (order[to] === -1) enter(to);
        else if (isOpen[to] === 1) lower(at.fn, order[to] ?? 0);
        continue;
      }
      way.pop();
      const caller = way.at(-1);
      if (caller !== undefined) lower(caller.fn, low[at.fn] ?? 0);
      if (low[at.fn] !== order[at.fn]) continue;
      const members = open.splice(open.lastIndexOf(at.fn));
      for (const fn of members) isOpen[fn] = 0;
      found.push(members);
    }
  }
  return found;
}
