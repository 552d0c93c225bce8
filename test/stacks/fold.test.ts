import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { perfScriptSource } from '../../src/profile/perf-script.ts';
import { fold } from '../../src/stacks/fold.ts';
import type { FoldOptions } from '../../src/stacks/tidy.ts';
import { unless } from '../support/unless.ts';
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

const hasCorpus = existsSync(corpus);
const inputs = hasCorpus ? readdirSync(corpus).filter((name) => /-\d\d\.txt\.gz$/.test(name)) : [];

unless(hasCorpus ? undefined : '../shared/flamegraph-tests is not here', test)(
  "FlameGraph's suite is whole",
  () => assert.ok(inputs.length >= 7),
);

for (const input of inputs) {
  const text = gunzipSync(readFileSync(new URL(input, corpus)));
  for (const [option, options] of Object.entries(optionSets)) {
    const name = input.replace('.txt.gz', '');
    test(`${name} with --${option} equals FlameGraph's result`, async () => {
      const expected = gunzipSync(readFileSync(new URL(`${name}-collapsed-${option}.txt.gz`, corpus)));
      const actual = await folded(text, options);
      assert.is(actual.toString('latin1'), expected.toString('latin1'));
    });
  }
}

/** Today's script contradicts its own suite on Java names under --pid and --tid; there the suite counts (see fold.ts). */
function comparable(output: Buffer | undefined, option: string): string {
  const text = output?.toString('latin1') ?? 'nothing';
  if (option !== 'pid' && option !== 'tid') return text;
  return text
    .split('\n')
    .filter((line) => !line.startsWith('java'))
    .join('\n');
}

// Our own input; the outputs are what the real script printed for it.
const quirks = new URL('../fixtures/fold/', import.meta.url);
for (const [option, options] of [['none', {}] as const, ...Object.entries(optionSets)]) {
  test(`quirks with --${option} are the real script's`, async () => {
    const expected = comparable(readFileSync(new URL(`quirks.${option}.folded`, quirks)), option);
    const text = readFileSync(new URL('quirks.txt', quirks));
    assert.is(comparable(await folded(text, options), option), expected);
    assert.is(comparable(await foldedInPieces(text, options, 7), option), expected, 'in pieces');
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
      assert.is(comparable(actual, option), comparable(expected[i], option), what);
    }
  });
}

test.run();
