import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundled } from './child.ts';
import { median, type Ratio } from './claim.ts';

const distinctStacks = 10_000;
const rounds = 5;
const debianScript = '/usr/share/perl5/Devel/NYTProf/flamegraph.pl';

/** Drawing as whole processes, ours bundled as it is shipped, on the same folded stacks. */
export async function run(): Promise<Ratio[]> {
  const flameGraphDir = process.env['FLAMEGRAPH_DIR'];
  const script = flameGraphDir === undefined ? debianScript : join(flameGraphDir, 'flamegraph.pl');
  const folder = mkdtempSync(join(tmpdir(), 'svg-'));
  try {
    const program = await bundled('svg-program', folder);
    const folded = join(folder, 'stacks.folded');
    writeFileSync(folded, foldedStacks());
    const [ours, theirs] = measured([
      () => timed(folder, process.execPath, program, folded),
      () => timed(folder, 'perl', script, folded),
    ]);
    return [
      {
        name: `draw ${distinctStacks} distinct stacks`,
        oursSeconds: ours ?? Number.NaN,
        theirsSeconds: theirs ?? Number.NaN,
        against: 'perl flamegraph.pl',
        atLeast: 1,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The median of each, taken in turns so that a busy moment of the machine hits both. */
function measured(sides: readonly (() => number)[]): number[] {
  const seconds = sides.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [side, measure] of sides.entries()) seconds[side]?.push(measure());
  }
  return seconds.map(median);
}

/** Stacks 5 to 35 deep that share callers as real ones do, the same in every run. */
function foldedStacks(): string {
  let state = 7;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  const stacks = new Set<string>();
  while (stacks.size < distinctStacks) {
    let callee = 0;
    let stack = 'program';
    for (let depth = 5 + random(30); depth > 0; depth -= 1) {
      callee = (callee * 7 + random(3)) % 997;
      stack += `;library::module::function_${callee}`;
    }
    stacks.add(stack);
  }
  return Array.from(stacks, (stack) => `${stack} ${1 + random(5)}\n`).join('');
}

function timed(folder: string, command: string, program: string, folded: string): number {
  const path = join(folder, 'graph.svg');
  const stdout = openSync(path, 'w');
  const start = performance.now();
  const child = spawnSync(command, [program, folded], {
    stdio: ['ignore', stdout, 'pipe'],
    encoding: 'utf8',
  });
  const seconds = (performance.now() - start) / 1000;
  closeSync(stdout);
  if (child.status !== 0 || statSync(path).size < 100_000) {
    throw new Error(`${command} ${program} drew nothing: ${child.error?.message ?? child.stderr}`);
  }
  return seconds;
}
