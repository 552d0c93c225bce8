import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { perfScriptSource } from '../../src/profile/index.ts';
import { type FoldOptions, fold } from '../../src/stacks/index.ts';
import { hostilePerfScript } from './hostile-perf-script.ts';
import { stackcollapsePerf } from './stackcollapse-perf.ts';

const corpus = new URL('../../../shared/flamegraph-tests/', import.meta.url);
const optionSets: Readonly<Record<string, FoldOptions>> = {
  pid: { pid: true },
  tid: { tid: true },
  kernel: { kernel: true },
  jit: { jit: true },
  all: { all: true },
  addrs: { addrs: true },
};

async function folded(text: Uint8Array, options: FoldOptions = {}): Promise<Buffer> {
  const { chunks } = await fold(perfScriptSource([text]), options);
  return Buffer.concat([...chunks]);
}

async function foldedInPieces(text: Uint8Array, options: FoldOptions, step: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < text.length; at += step) pieces.push(text.subarray(at, at + step));
  const { chunks } = await fold(perfScriptSource(pieces), options);
  return Buffer.concat([...chunks]);
}

// The suite's results with --pid and --tid were recorded in August 2017. Since October 2017 the script tidies Java
// names with these options too (FlameGraph e54f142), and fails its own suite there.
function asToday(expected: Buffer, option: string, name: string): Buffer {
  const isStale = (option === 'pid' || option === 'tid') && /java|vertx/.test(name);
  if (!isStale) return expected;
  const lines = expected.toString('latin1').trimEnd().split('\n');
  const mended = lines.map((line) => (line.startsWith('java') ? line.replace(/;L(?=[^;]*\/)/g, ';') : line));
  return Buffer.from(`${mended.sort().join('\n')}\n`, 'latin1');
}

const inputs = readdirSync(corpus).filter((name) => /-\d\d\.txt\.gz$/.test(name));

test('the corpus is there', () => assert.is(inputs.length, 7));

for (const input of inputs) {
  const text = gunzipSync(readFileSync(new URL(input, corpus)));
  for (const [option, options] of Object.entries(optionSets)) {
    const name = input.replace('.txt.gz', '');
    test(`${name} with --${option} equals FlameGraph's result`, async () => {
      const expected = gunzipSync(readFileSync(new URL(`${name}-collapsed-${option}.txt.gz`, corpus)));
      const actual = await folded(text, options);
      assert.is(actual.toString('latin1'), asToday(expected, option, name).toString('latin1'));
    });
  }
}

// Our own input; the outputs are what the real script printed for it.
const quirks = new URL('../fixtures/fold/', import.meta.url);
for (const [option, options] of [['none', {}] as const, ...Object.entries(optionSets)]) {
  test(`quirks with --${option} are the real script's`, async () => {
    const expected = readFileSync(new URL(`quirks.${option}.folded`, quirks)).toString('latin1');
    const text = readFileSync(new URL('quirks.txt', quirks));
    assert.is((await folded(text, options)).toString('latin1'), expected);
    assert.is((await foldedInPieces(text, options, 7)).toString('latin1'), expected, 'in pieces');
  });
}

test('a text of which nothing is a sample folds to nothing', async () => {
  assert.is((await folded(Buffer.from('# only a comment\n\n'))).length, 0);
});

// An extra for machines that have the original: thousands of hostile texts through both.
const flameGraphDir = process.env['FLAMEGRAPH_DIR'];
if (flameGraphDir !== undefined) {
  const captures = new URL('../fixtures/captures/wavm/', import.meta.url);
  for (const capture of ['echo', 'echo-nofp', 'shapes', 'twins', 'many']) {
    test(`the capture ${capture} folds as stackcollapse-perf.pl folds it`, async () => {
      const text = gunzipSync(readFileSync(new URL(`${capture}/out.perf.gz`, captures)));
      const sets = [['none', {}] as const, ...Object.entries(optionSets)];
      const cases = sets.map(([option]) => ({ text, args: option === 'none' ? [] : [`--${option}`] }));
      const expected = stackcollapsePerf(flameGraphDir, cases);
      for (const [i, [option, options]] of sets.entries()) {
        assert.ok((await folded(text, options)).equals(expected[i] ?? Buffer.alloc(0)), `--${option}`);
      }
    });
  }

  test('hostile texts fold as stackcollapse-perf.pl folds them', async () => {
    const runs = Number(process.env['FOLD_FUZZ_RUNS'] ?? 600);
    const seed = Number(process.env['FOLD_FUZZ_SEED'] ?? 2);
    const optionSet = fc.constantFrom<[string, FoldOptions]>(['none', {}], ...Object.entries(optionSets));
    const drawn = fc.sample(fc.tuple(hostilePerfScript, optionSet, fc.integer({ min: 1, max: 40 })), {
      seed,
      numRuns: runs,
    });
    const cases = drawn.map(([text, [option]]) => ({
      text: Buffer.from(text, 'latin1'),
      args: option === 'none' ? [] : [`--${option}`],
    }));
    const expected = stackcollapsePerf(flameGraphDir, cases);
    assert.ok(expected.filter((output) => output.length > 0).length > runs / 2, 'most texts hold stacks');
    for (const [i, [text, [option, options], step]] of drawn.entries()) {
      const actual = await foldedInPieces(Buffer.from(text, 'latin1'), options, step);
      const what = `--${option} of ${JSON.stringify(text)}`;
      assert.is(actual.toString('latin1'), expected[i]?.toString('latin1'), what);
    }
  });
}

test.run();
