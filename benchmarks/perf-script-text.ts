import { closeSync, openSync, writeSync } from 'node:fs';

const functions = 4000;
const callees = 6;
const spineCount = 2000;

interface Program {
  /** The functions that each function calls, the hot ones first. */
  readonly graph: readonly number[][];
  /** The frame lines of each function, one for each place in it. */
  readonly lines: readonly string[][];
}

interface Place {
  readonly line: string;
  readonly callee: number;
}

/**
 * Writes about `bytes` of text as `perf script` prints it for a big program: some 20,000 distinct frame lines in stacks
 * of 10 to 50 frames, walked through a fixed call graph, hot paths often and cold ones now and then.
 */
export function writePerfScriptText(path: string, bytes: number): void {
  const random = lcg(42);
  const lines = Array.from({ length: functions }, (_, index) => frameLines(index, random));
  const graph = lines.map(() => Array.from({ length: callees }, () => Math.floor(random() * functions)));
  const program = { graph, lines };
  const down = spines(program, random);
  const file = openSync(path, 'w');
  let time = 1000;
  for (let written = 0; written < bytes; ) {
    let text = '';
    while (text.length < 1 << 20) {
      time += 0.001001;
      const thread = 4242 + Math.floor(random() * 4);
      text += `worker pool 4242/${thread} ${time.toFixed(6)}:    1001001 cpu-clock:pppH: \n`;
      text += `${callchain(program, down, random)}\n\n`;
    }
    written += writeSync(file, text, null, 'latin1');
  }
  closeSync(file);
}

// The way down from main to where the work is done: fixed chains, a few of them hot.
function spines(program: Program, random: () => number): Place[][] {
  return Array.from({ length: spineCount }, () => walk(program, 0, 8 + Math.floor(random() * 32), random));
}

// A spine, left at some depth for a few calls of its own.
function callchain(program: Program, down: readonly Place[][], random: () => number): string {
  const spine = down[Math.floor(random() ** 3 * spineCount)] ?? [];
  const shared = spine.slice(0, spine.length - Math.floor(random() ** 4 * 6));
  const last = shared.at(-1)?.callee ?? 0;
  const own = walk(program, last, 1 + Math.floor(random() * 8), random);
  return [...shared, ...own]
    .map((place) => place.line)
    .reverse()
    .join('\n');
}

function walk({ graph, lines }: Program, from: number, depth: number, random: () => number): Place[] {
  const places: Place[] = [];
  let at = from;
  for (let i = 0; i < depth; i++) {
    // Powers make the first callee and the first address the hot ones.
    const line = lines[at]?.[Math.floor(random() ** 2 * 5)] ?? '';
    at = graph[at]?.[Math.floor(random() ** 3 * callees)] ?? 0;
    places.push({ line, callee: at });
  }
  return places;
}

// Five places in one function; a tenth of the functions are the kernel's, a fifth a library's.
function frameLines(index: number, random: () => number): string[] {
  const isKernel = index % 10 === 9;
  const dso = isKernel
    ? '[kernel.kallsyms]'
    : index % 5 === 3
      ? '/usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30'
      : '/usr/bin/worker';
  const name = isKernel
    ? `do_sys_work_${index}`
    : `demo::Engine<unsigned int, Step${index % 97}>::handle_${index}`;
  const base = (isKernel ? 0xffffffff81000000 : 0x400000) + index * 0x340;
  return Array.from({ length: 5 }, () => {
    const offset = Math.floor(random() * 0x340);
    return `\t${(base + offset).toString(16).padStart(16)} ${name}+0x${offset.toString(16)} (${dso})`;
  });
}

function lcg(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
