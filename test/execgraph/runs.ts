import type { CallNode, ExecGraph } from '../../src/execgraph/graph.ts';
import { call, graphOf } from './call-graphs.ts';

/** Numbers that look random and are the same every time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * A run of about `count` calls: a root that starts stages one after another, each of which maps over parts on several
 * hosts and reduces them.
 */
export function mapReduceRun(count: number, hosts: number, startMs = 1_795_300_000_000): ExecGraph {
  const random = numbers(count);
  const stages = Math.max(1, Math.round(count / 70));
  const parts = Math.max(1, Math.round((count - 1 - 2 * stages) / stages));
  let now = startMs + 2;
  const root: CallNode[] = [];
  for (let stage = 0; stage < stages; stage += 1) {
    const began = now;
    now += 3;
    const maps: CallNode[] = [];
    const free = Array.from({ length: hosts * 8 }, () => now);
    for (let part = 0; part < parts; part += 1) {
      const slot = free.indexOf(Math.min(...free));
      const from = (free[slot] ?? now) + 1;
      const to = from + 8 + Math.round(random() * 30 + (random() > 0.96 ? 45 : 0));
      free[slot] = to;
      const host = `10.0.0.${(slot % hosts) + 1}`;
      const failed = random() > 0.99;
      maps.push(
        call('map', from, to, [], {
          host,
          returnValue: failed ? 1 : 0,
          output: failed ? 'Call failed (return value=1)' : `part ${part}`,
        }),
      );
    }
    now = Math.max(...maps.map(({ message }) => message?.finishMs ?? now));
    const reduce = call('reduce', now + 1, now + 12, [], { host: `10.0.0.${(stage % hosts) + 1}` });
    now += 16;
    root.push(call('stage', began, now, [...maps, reduce], { host: `10.0.0.${(stage % hosts) + 1}` }));
    now += 4;
  }
  return graphOf([call('pipeline', startMs, now + 5, root, { host: '10.0.0.1', output: 'done' })]);
}
