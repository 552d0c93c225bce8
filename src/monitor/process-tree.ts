import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Chart } from './chart.ts';

/*
 * Processor time and memory of a process and all that it started, from /proc (proc(5)).
 *   /proc/PID/stat   "PID (comm) state ppid pgrp session …"; comm may hold spaces and brackets: the last ")" ends it.
 *                    utime 14, stime 15, cutime 16, cstime 17, counted from 1, in ticks of 1/100 s (USER_HZ, on every Linux port)
 *   /proc/PID/smaps_rollup  "Pss: N kB": memory with shared pages divided among their users; status' "VmRSS" where it may not be read
 * A child that ended is in its parent's cutime and cstime once it was waited for, so that the sum over the tree grows steadily.
 */

const ticksPerSecond = 100;

/** One line of /proc/PID/stat, as far as it matters here. */
export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  /** Its own and that of children that it waited for. */
  readonly cpuSeconds: number;
}

/** What a tree of processes uses at one moment. */
export interface TreeUse {
  readonly processes: number;
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

/** Reads /proc/PID/stat; undefined for a text of another form. */
export function parseProcessStat(text: string): ProcessStat | undefined {
  const end = text.lastIndexOf(')');
  const pid = Number.parseInt(text, 10);
  const fields = text
    .slice(end + 2)
    .split(' ')
    .map(Number);
  const [, parent, , session] = fields;
  const ticks = fields.slice(11, 15);
  if (end < 0 || parent === undefined || session === undefined || ticks.length < 4) return undefined;
  const sum = ticks.reduce((total, one) => total + one, 0);
  if (![pid, parent, session, sum].every(Number.isFinite)) return undefined;
  return { pid, parent, session, cpuSeconds: sum / ticksPerSecond };
}

/** The process, its descendants, and whoever is left of its session after their parents ended. */
export function treeOf(root: number, all: readonly ProcessStat[]): ProcessStat[] {
  const inside = new Set(
    all.filter(({ pid, session }) => pid === root || session === root).map(({ pid }) => pid),
  );
  for (let before = -1; before !== inside.size; ) {
    before = inside.size;
    for (const { pid, parent } of all) if (inside.has(parent)) inside.add(pid);
  }
  return all.filter(({ pid }) => inside.has(pid));
}

/** Memory of one process in bytes, from smaps_rollup or status. */
export function parseMemoryBytes(text: string): number | undefined {
  const match = /^(?:Pss|VmRSS):\s+(\d+) kB$/m.exec(text);
  return match === null ? undefined : Number(match[1]) * 1024;
}

/** What the tree below `root` uses now; undefined when none of it runs any more, or there is no /proc. */
export function readTreeUse(root: number, proc = '/proc'): TreeUse | undefined {
  const all = numbersIn(proc).flatMap((pid) => {
    const stat = parseProcessStat(textOf(join(proc, pid, 'stat')));
    return stat === undefined ? [] : [stat];
  });
  const tree = treeOf(root, all);
  if (tree.length === 0) return undefined;
  let [cpuSeconds, memoryBytes] = [0, 0];
  for (const { pid, cpuSeconds: own } of tree) {
    cpuSeconds += own;
    const folder = join(proc, String(pid));
    memoryBytes +=
      parseMemoryBytes(textOf(join(folder, 'smaps_rollup'))) ??
      parseMemoryBytes(textOf(join(folder, 'status'))) ??
      0;
  }
  return { processes: tree.length, cpuSeconds, memoryBytes };
}

function numbersIn(proc: string): string[] {
  try {
    return readdirSync(proc).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** Processes end while they are looked at. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const cpu = 'during.cpu';
const memory = 'during.memory';
const processes = 'during.processes';

/** The charts of a program that runs while the host is watched. */
export const processCharts: readonly Chart[] = [
  {
    title: 'Program CPU',
    quantity: 'percent',
    most: undefined,
    lines: [{ id: cpu, label: '100 % = 1 CPU' }],
  },
  {
    title: 'Program memory',
    quantity: 'bytes',
    most: undefined,
    lines: [{ id: memory, label: 'total' }],
  },
  {
    title: 'Program',
    quantity: 'count',
    most: undefined,
    lines: [{ id: processes, label: 'processes' }],
  },
];

/** The kernel counts in hundredths of a second: over less than this the rate is chance. */
const leastMs = 50;

interface Poll {
  readonly timeMs: number;
  readonly cpuSeconds: number;
}

/**
 * Follows one process and all that it starts, on this machine. Polled more often than sampled, so that what a short program
 * used is known although it is gone at the next sample: memory is the most of all polls since then.
 */
export class ProcessSampler {
  readonly #root: number;
  #before: Poll;
  #last: Poll;
  #most: { memoryBytes: number; processes: number } | undefined;

  /** @param root a process that begins now */
  constructor(root: number) {
    this.#root = root;
    this.#before = { timeMs: performance.now(), cpuSeconds: 0 };
    this.#last = this.#before;
  }

  /** Looks at the tree. */
  poll(): void {
    const timeMs = performance.now();
    const use = readTreeUse(this.#root);
    if (use === undefined) return;
    this.#last = { timeMs, cpuSeconds: use.cpuSeconds };
    this.#most = {
      memoryBytes: Math.max(use.memoryBytes, this.#most?.memoryBytes ?? 0),
      processes: Math.max(use.processes, this.#most?.processes ?? 0),
    };
  }

  /** Values since the sample before; none when nothing ran any more. */
  sample(): Readonly<Record<string, number>> {
    this.poll();
    const [before, last, most] = [this.#before, this.#last, this.#most];
    if (most === undefined) return {};
    this.#before = last;
    this.#most = undefined;
    const grown = last.cpuSeconds - before.cpuSeconds;
    const elapsedMs = last.timeMs - before.timeMs;
    return {
      [memory]: most.memoryBytes,
      [processes]: most.processes,
      // A child that nobody waited for took its time with it.
      ...(grown >= 0 && elapsedMs >= leastMs ? { [cpu]: (grown * 100_000) / elapsedMs } : {}),
    };
  }
}
