import { at } from '../util/indexed.ts';
import type { CallTree, NodeId } from './call-tree.ts';
import { CallTreeBuilder } from './call-tree-builder.ts';

/** What stands below all stacks: one box a process, one a thread, or one for everything. */
export const processGroupings = ['process', 'thread', 'merged'] as const;
export type ProcessGrouping = (typeof processGroupings)[number];

/** A process or thread as the name of a root frame says it (`comm-PID`, `comm-PID/TID`). */
export interface ProcessMark {
  readonly comm: string;
  readonly pid: number;
  readonly tid: number | undefined;
}

/** Reads the marks that stackcollapse-perf.pl's `--pid` and `--tid` leave; undefined where there are none. */
export function processMark(root: string): ProcessMark | undefined {
  const [, comm, first, second] = /^(.*)-(\d+|\?)(?:\/(\d+))?$/s.exec(root) ?? [];
  // A source that only knows threads says `?`.
  const pid = first === '?' ? second : first;
  if (comm === undefined || pid === undefined) return undefined;
  return { comm, pid: Number(pid), tid: second === undefined ? undefined : Number(second) };
}

/**
 * Puts the stacks of a tree, whose roots are marked, on one root a process, one a thread, or one in all. A process or
 * thread with several names has that of most of its samples, where a process has threads by its first thread's.
 *
 * @returns undefined when the roots do not tell processes (or threads) apart.
 */
export function grouped(tree: CallTree, by: ProcessGrouping): CallTree | undefined {
  const name = by === 'merged' ? () => 'all processes' : markedNames(tree, by);
  if (name === undefined) return undefined;
  const builder = new CallTreeBuilder();
  const made: NodeId[] = [CallTreeBuilder.root];
  for (let node = 1; node < tree.size; node += 1) {
    const caller = at(tree.parent, node);
    const frame = at(tree.frames, at(tree.frame, node));
    const isProcess = caller === 0 && frame.kind === 'root';
    const known = builder.frame(isProcess ? name(frame.name) : frame.name, frame.kind);
    const child = builder.child(at(made, caller), known);
    made[node] = child;
    builder.add(child, at(tree.selfSamples, node), at(tree.selfWeight, node));
  }
  return builder.build();
}

function markedNames(tree: CallTree, by: 'process' | 'thread'): ((root: string) => string) | undefined {
  const roots = new Map<string, { readonly mark: ProcessMark; samples: number }>();
  const below = rootSamples(tree);
  for (const [root, samples] of below) {
    const mark = processMark(root);
    if (mark === undefined || (by === 'thread' && mark.tid === undefined)) return undefined;
    roots.set(root, { mark, samples });
  }
  const idOf = ({ pid, tid }: ProcessMark) => (by === 'process' ? `${pid}` : `${pid}/${tid}`);
  // The first thread's names come before all others'.
  const rank = (root: { readonly mark: ProcessMark; readonly samples: number }) =>
    root.samples + (root.mark.tid === root.mark.pid ? Number.MAX_SAFE_INTEGER / 2 : 0);
  const best = new Map<string, { readonly mark: ProcessMark; readonly samples: number }>();
  for (const root of roots.values()) {
    const known = best.get(idOf(root.mark));
    if (known === undefined || rank(root) > rank(known)) best.set(idOf(root.mark), root);
  }
  return (root) => {
    const mark = roots.get(root)?.mark;
    const id = mark === undefined ? '' : idOf(mark);
    return `${best.get(id)?.mark.comm ?? root}-${id}`;
  };
}

function rootSamples(tree: CallTree): Map<string, number> {
  const rootOf = new Uint32Array(tree.size);
  const samples = new Map<string, number>();
  for (let node = 1; node < tree.size; node += 1) {
    const caller = at(tree.parent, node);
    const root = caller === 0 ? node : at(rootOf, caller);
    rootOf[node] = root;
    const frame = at(tree.frames, at(tree.frame, root));
    if (frame.kind !== 'root') continue;
    samples.set(frame.name, (samples.get(frame.name) ?? 0) + at(tree.selfSamples, node));
  }
  return samples;
}
