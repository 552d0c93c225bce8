import type { Chart } from './chart.ts';
import { readTreeUse } from './process-tree.ts';

const cpu = 'during.cpu';
const memory = 'during.memory';
const processes = 'during.processes';

/** The charts of a program that runs while the host is watched. */
export const processCharts: readonly Chart[] = [
  {
    title: 'Program CPU',
    quantity: 'percent',
    most: undefined,
    lines: [{ id: cpu, label: '100 % a CPU' }],
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
