import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { manyCalls } from '../test/execgraph/many-calls.ts';
import type { Ratio } from './claim.ts';

// How long an execution graph of 10,000 calls takes to draw, beside one of 10 calls: start-up, then work that grows with the
// calls and no faster.

const ROUNDS = 5;
/** A thousand times the calls may cost this many times the time of a small graph, start-up included. */
const MOST = { tree: 6, svg: 12, html: 6 };
const tasks = fileURLToPath(new URL('../dist/tasks.js', import.meta.url));

export async function run(): Promise<Ratio[]> {
  const folder = await mkdtemp(join(tmpdir(), 'exec-graph-'));
  try {
    const [few, many] = [join(folder, 'few.json'), join(folder, 'many.json')];
    await writeFile(few, JSON.stringify(manyCalls(10)));
    await writeFile(many, JSON.stringify(manyCalls(10_000)));
    return Object.entries(MOST).map(([format, most]) => {
      const output = join(folder, `graph.${format === 'tree' ? 'txt' : format}`);
      const rest = [`--format=${format}`, `--output-file=${output}`];
      const [theirsSeconds, oursSeconds] = inTurn([few, many], rest);
      const name = `exec-graph of 10,000 calls as ${format}`;
      return { name, oursSeconds, theirsSeconds, against: 'one of 10 calls', atLeast: 1 / most };
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The best time of each, measured in turn: noise only adds. */
function inTurn([a, b]: readonly [string, string], rest: readonly string[]): [number, number] {
  const best: [number, number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < ROUNDS; round++) {
    best[0] = Math.min(best[0], seconds(a, rest));
    best[1] = Math.min(best[1], seconds(b, rest));
  }
  return best;
}

function seconds(file: string, rest: readonly string[]): number {
  const started = performance.now();
  const done = spawnSync(process.execPath, [tasks, 'invoke.exec-graph', `--from=${file}`, ...rest]);
  if (done.status !== 0) throw new Error(done.stderr.toString());
  return (performance.now() - started) / 1000;
}
