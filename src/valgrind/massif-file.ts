/**
 * Reads how much memory a program held, over its run.
 *
 * Written by: massif (`massif.out.PID`). Spec: none; ms_print, which comes with it, reads the same:
 *
 *     desc: … / cmd: … / time_unit: i (instructions), ms or B
 *     #-----------
 *     snapshot=3
 *     #-----------
 *     time=137259 / mem_heap_B=300 / mem_heap_extra_B=36 / mem_stacks_B=0
 *     heap_tree=empty, detailed or peak; the latter two with a tree, one space of indent a level:
 *     n2: 300 (heap allocation functions) malloc/new/new[], --alloc-fns, etc.
 *      n0: 200 0x109183: lose (leak.c:3)
 *      n0: 100 in 4 places, all below massif's threshold (1.00%)
 *
 * Traps: the peak is marked only where massif took a detailed snapshot of it; without one the largest snapshot is the
 * nearest there is. A killed program leaves a cut last snapshot, or no file.
 */
import { TaskError } from '../util/errors.ts';

/** Memory that was asked for from one place in the code; its callers are its children. */
export interface AllocationPlace {
  readonly bytes: number;
  /** Undefined for massif's own sums (`in 4 places, all below …`). */
  readonly address: number | undefined;
  /** `lose (leak.c:3)`, `??? (in /usr/lib/libc.so.6)`, `???`, or massif's own words. */
  readonly what: string;
  readonly callers: readonly AllocationPlace[];
}

export interface MassifSnapshot {
  /** In the file's unit. */
  readonly time: number;
  readonly heapBytes: number;
  /** What the allocator itself takes, and rounding. */
  readonly extraBytes: number;
  readonly stackBytes: number;
  readonly isPeak: boolean;
  readonly tree: AllocationPlace | undefined;
}

export interface MassifFile {
  readonly timeUnit: string;
  readonly snapshots: readonly MassifSnapshot[];
}

interface OpenSnapshot {
  readonly values: Map<string, string>;
  readonly lines: string[];
}

/** Reads a file of massif's, leaving out a cut last snapshot. @throws TaskError for another kind of file */
export function readMassif(text: string, displayName: string): MassifFile {
  let timeUnit = '';
  const open: OpenSnapshot[] = [];
  for (const line of text.split('\n')) {
    const field = /^(\w+)=(.*)$/.exec(line);
    if (field?.[1] === 'snapshot') open.push({ values: new Map(), lines: [] });
    const last = open.at(-1);
    if (line.startsWith('time_unit:')) timeUnit = line.slice(10).trim();
    else if (field !== null) last?.values.set(field[1] ?? '', field[2] ?? '');
    else if (/^ *n\d+: /.test(line)) last?.lines.push(line);
  }
  const snapshots = open.filter(({ values }) => values.has('heap_tree')).map(snapshotOf);
  if (timeUnit === '' || snapshots.length === 0) {
    throw new TaskError(
      `Could not read ${displayName}: it is not what massif writes, or was cut before the first snapshot`,
    );
  }
  return { timeUnit, snapshots };
}

/** The snapshot that the program held most in, with its tree; a detailed one that is as good wins. */
export function peakOf({ snapshots }: MassifFile): MassifSnapshot | undefined {
  const held = (at: MassifSnapshot): number => at.heapBytes + at.extraBytes + at.stackBytes;
  const marked = snapshots.find(({ isPeak }) => isPeak);
  return (
    marked ??
    snapshots.toSorted(
      (a, b) => held(b) - held(a) || Number(b.tree !== undefined) - Number(a.tree !== undefined),
    )[0]
  );
}

function snapshotOf({ values, lines }: OpenSnapshot): MassifSnapshot {
  const number = (key: string): number => Number(values.get(key) ?? 0) || 0;
  return {
    time: number('time'),
    heapBytes: number('mem_heap_B'),
    extraBytes: number('mem_heap_extra_B'),
    stackBytes: number('mem_stacks_B'),
    isPeak: values.get('heap_tree') === 'peak',
    tree: treeOf(lines),
  };
}

interface OpenPlace extends AllocationPlace {
  readonly callers: OpenPlace[];
}

function treeOf(lines: readonly string[]): AllocationPlace | undefined {
  const way: OpenPlace[] = [];
  let root: AllocationPlace | undefined;
  for (const line of lines) {
    const [, indent = '', bytes = '', address, what = ''] =
      /^( *)n\d+: (\d+) (?:(0x[\dA-Fa-f]+): )?(.*)$/.exec(line) ?? [];
    const place: OpenPlace = {
      bytes: Number(bytes),
      address: address === undefined ? undefined : Number(address),
      what,
      callers: [],
    };
    way.length = Math.min(way.length, indent.length);
    way.at(-1)?.callers.push(place);
    way.push(place);
    root ??= place;
  }
  return root;
}
