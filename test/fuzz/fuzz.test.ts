import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { root, runProgram } from '../support/run.ts';
import { Campaign } from './campaign.ts';
import { minimised } from './minimise.ts';
import { mutated } from './mutate.ts';
import { Random } from './random.ts';
import { makePlace, readers } from './readers.ts';

const folder = mkdtempSync(join(tmpdir(), 'fuzz-test-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

async function fuzz(...argv: readonly string[]) {
  const program = join(root, 'scripts', 'fuzz.ts');
  return await runProgram([process.execPath, '--import', 'tsx', program, ...argv]);
}

test('every reader says something good of its own seeds', async () => {
  const place = makePlace(mkdtempSync(join(folder, 'place-')));
  for (const [name, reader] of Object.entries(readers)) {
    const random = new Random(1);
    const good = await Promise.all(
      reader.seeds().map(async (seed) => {
        const bytes = reader.finish?.(Buffer.from(seed), random) ?? seed;
        return await reader.read(bytes, place).then(
          () => 1,
          () => 0,
        );
      }),
    );
    assert.ok(good.includes(1), `${name} reads none of its seeds`);
  }
});

test('the same seed makes the same inputs', () => {
  const made = [7, 7, 8].map((seed) => {
    const random = new Random(seed);
    const words = ['word'];
    const input = Buffer.from('a line\nand another\n');
    return Array.from({ length: 50 }, () =>
      mutated(input, random, { words, other: () => input }).toString('hex'),
    );
  });
  assert.equal(made[0], made[1]);
  assert.not.equal(made[0], made[2]);
});

test('a failing input is made as small as it can be', async () => {
  const input = Buffer.from(`${'x'.repeat(1000)}needle${'y'.repeat(500)}`);
  const small = await minimised(
    input,
    async (bytes) => bytes.includes('needle'),
    () => false,
  );
  assert.is(small.toString(), 'needle');
});

test('39,000 inputs find nothing', async () => {
  const plan = {
    readers: Object.keys(readers),
    seed: 20_260,
    inputs: 39_000,
    limitMs: Number.POSITIVE_INFINITY,
    workers: 2,
    output: join(folder, 'findings'),
  };
  const campaign = new Campaign(plan);
  await campaign.run();
  campaign.close();
  const found = campaign.findings.map(({ reader, why, said }) => `${reader}: ${why}: ${said}`);
  assert.equal(found, []);
  assert.ok(campaign.tallies.every(({ inputs }) => inputs > 0));
  const most = Math.max(...campaign.tallies.map(({ megabytes }) => megabytes));
  assert.ok(most > 0 && most <= 512, `${most} MB`);
});

test('--repeat reads one file, --help and mistakes say what there is', async () => {
  const file = join(folder, 'wasm.exception.0');
  writeFileSync(file, Buffer.from('\0asm'));
  const fine = await fuzz('--repeat', file);
  assert.is(fine.exit, 0, fine.stderr);
  assert.match(fine.stdout, /^wasm reads .*: nothing is wrong\n$/);
  const nobody = await fuzz('--repeat', join(folder, 'other'));
  assert.is(nobody.exit, 2);
  assert.match(nobody.stderr, /--reader NAME/);
  const mistaken = await fuzz('--reader', 'pearl');
  assert.is(mistaken.exit, 2);
  assert.match(mistaken.stderr, /there is no reader pearl; there are perf-data, /);
});

test('Ctrl-C prints what there is so far, and leaves nothing running', async () => {
  const program = join(root, 'scripts', 'fuzz.ts');
  const argv = [process.execPath, '--import', 'tsx', program, '--workers', '1', '--reader', 'wasm'];
  let isStopped = false;
  const { exit, stdout } = await runProgram([...argv, '--output', folder], {
    onOutput: (text, pid) => {
      if (isStopped || !text.includes('seed 1')) return;
      isStopped = true;
      process.kill(pid, 'SIGINT');
    },
  });
  assert.is(exit, 0);
  assert.match(stdout, /^reader +inputs/);
  assert.match(stdout, /inputs in \d+ s .* 0 findings\n$/);
});

test.run();
