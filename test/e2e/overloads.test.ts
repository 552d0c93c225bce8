import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { noGcc, noPerf } from '../support/machine.ts';
import { root, run, runProgram } from '../support/run.ts';
import { unless } from '../support/unless.ts';

// C++ functions that differ in their parameters or template arguments only, against `perf report`, which counts them apart.

const needsPerf = unless(noPerf ?? noGcc, test);
const folder = await mkdtemp(join(tmpdir(), 'overloads-test-'));

test.before(async () => {
  if (noPerf !== undefined || noGcc !== undefined) return;
  const source = join(root, 'test/programs/overloads/overloads.cpp');
  for (const argv of [
    ['g++', '-O1', '-g', '-fno-omit-frame-pointer', source, '-o', 'overloads'],
    ['perf', 'record', '-q', '-g', '-F', '499', '-o', 'perf.data', './overloads'],
  ]) {
    const done = await runProgram(argv, { cwd: folder });
    assert.is(done.exit, 0, done.stderr);
  }
});

test.after(() => rm(folder, { recursive: true }));

/** The shares of `perf report`, largest first: of the two functions called `work` as well. */
async function perfShares(): Promise<number[]> {
  const flags = ['-i', 'perf.data', '--no-children', '--stdio', '-g', 'none', '--percent-limit', '2'];
  const { stdout } = await runProgram(['perf', 'report', ...flags], { cwd: folder });
  return [...stdout.matchAll(/^ +([\d.]+)% +overloads +overloads /gm)].map(([, share]) => Number(share));
}

needsPerf('every function has a name and a share of its own', async () => {
  const done = await run(['flame.top', 'perf.data', '--json', '--quiet', '--most=6'], { cwd: folder });
  assert.is(done.exit, 0, done.stderr);
  const { functions } = JSON.parse(done.stdout);
  const shares = new Map<string, number>(
    functions.map(({ name, self }: { name: string; self: number }) => [name, 100 * self]),
  );
  const names = [
    'apply<&(cu(int))>',
    'apply<&(sq(int))>',
    'enc<(Mode)0>',
    'enc<(Mode)1>',
    'work(double)',
    'work(int)',
  ];
  assert.equal([...shares.keys()].sort(), names);
  const theirs = await perfShares();
  [...shares.values()].forEach((share, i) => {
    assert.ok(
      Math.abs(share - (theirs[i] ?? 0)) < 0.2,
      `${[...shares.keys()][i]}: ${share} and ${theirs[i]}`,
    );
  });
});

needsPerf(
  'pictures and differences keep them apart; folded text without a module cuts as stackcollapse-perf.pl does',
  async () => {
    const drawn = await run(['flame.render', 'perf.data', '--output=out.svg'], { cwd: folder });
    assert.is(drawn.exit, 0, drawn.stderr);
    const svg = await readFile(join(folder, 'out.svg'), 'utf8');
    for (const name of [
      'apply&lt;&amp;(sq(int))&gt;',
      'apply&lt;&amp;(cu(int))&gt;',
      'work(int)',
      'work(double)',
    ])
      assert.ok(svg.includes(name), name);
    const { stdout } = await run(['flame.fold', 'perf.data'], { cwd: folder });
    assert.match(stdout, /;apply<& \d/);
    assert.not.match(stdout, /work\(/);
    const same = await run(['flame.diff', 'perf.data', 'perf.data', '--json', '--quiet', '--output=d.svg'], {
      cwd: folder,
    });
    assert.is(same.exit, 0, same.stderr);
    assert.match(await readFile(join(folder, 'd.svg'), 'utf8'), /work\(double\)/);
  },
);

test.run();
