import { ClusterError } from './cluster-error.ts';
import type { GraphNode } from './message.ts';
import { messageOfWire } from './wire-message.ts';
import { graphNodeSchema, graphSchema } from './wire-schemas.ts';
import { checked, jsonOf } from './wire-text.ts';

/** `{"root":{"msg":{…},"chained":[…]}}` of either dialect. However deep it is, no stack grows with it. */
export function readGraphReply(text: string): GraphNode {
  return graphOf(jsonOf(text, 'an execution graph'));
}

/** The same, of parsed JSON. */
export function graphOf(json: unknown): GraphNode {
  const top: Growing[] = [];
  const open: Array<readonly [unknown, Growing[]]> = [
    [checked(graphSchema, json, 'an execution graph').root, top],
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [wire, siblings] = next;
    const { msg, chained } = checked(graphNodeSchema, wire, 'an execution graph');
    const node: Growing = { message: messageOfWire(msg), chained: [] };
    siblings.push(node);
    for (const child of (chained ?? []).toReversed()) open.push([child, node.chained]);
  }
  const root = top[0];
  if (root === undefined) throw new ClusterError('garbage', 'reading an execution graph: it is empty');
  return root;
}

interface Growing extends GraphNode {
  readonly chained: Growing[];
}
