import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findModuleRuns } from '../../src/wasm/module-runs.ts';
import { withinProcessorSeconds } from '../support/processor-time.ts';
import { anyLoads, permutation, records, runsOf, upTo } from './jit-loads.ts';

/** Every run found, of any size, as `first code index + size`. */
function found(codes: Parameters<typeof findModuleRuns>[0]): string[] {
  const runs = findModuleRuns(codes, new Set(upTo(100)));
  return [...runs.values()].flat().map((run) => `${Math.min(...run.codeIndices)}+${run.codeIndices.length}`);
}

test("finds the user's module behind the runtime's, whatever its order", () => {
  const user = [0, 7, 26, 1, ...upTo(60).filter((n) => ![0, 7, 26, 1].includes(n))];
  const runs = findModuleRuns(records([upTo(45), user, undefined]), new Set([45, 60]));
  const [run, ...others] = runs.get(60) ?? [];
  assert.is(others.length, 0);
  assert.is(run?.isFirst, false);
  assert.equal(
    run?.codeIndices,
    upTo(60).map((i) => i + 46),
  );
  assert.is(runs.get(45)?.[0]?.isFirst, true);
});

test('a small module is not found inside a larger one', () => {
  assert.equal(found(records([upTo(45), undefined, upTo(20)])), ['47+20', '1+45']);
});

test('two loads of one module are two runs with one fingerprint', () => {
  const user = [2, 0, 1];
  const runs = findModuleRuns(records([[1, 2, 0], user, undefined, user]), new Set([3])).get(3) ?? [];
  assert.equal(
    runs.map((run) => run.codeIndices),
    [
      [1, 2, 3],
      [4, 5, 6],
      [8, 9, 10],
    ],
  );
  assert.equal(
    runs.map((run) => run.fingerprint),
    ['1:10,2:10,0:10', '2:10,0:10,1:10', '2:10,0:10,1:10'],
  );
});

test('two threads that load modules at once are told apart', () => {
  const names = [0, 0, 2, 1, 1, 2, 3];
  const tids = [1, 2, 1, 2, 1, 2, 2];
  const codes = names.map((n, i) => ({
    codeIndex: i + 1,
    name: `functionDef${n}`,
    size: 10,
    tid: tids[i] ?? 0,
  }));
  const runs = findModuleRuns(codes, new Set([3, 4]));
  assert.equal(
    [3, 4].map((size) => runs.get(size)?.map((run) => run.codeIndices)),
    [[[1, 3, 5]], [[2, 4, 6, 7]]],
  );
});

test('every module is among the runs found (property)', () => {
  fc.assert(
    fc.property(anyLoads, (loads) => {
      const runs = new Set(found(records(loads)));
      for (const run of runsOf(loads)) assert.ok(runs.has(run), `${run} of ${[...runs].join(' ')}`);
    }),
    { numRuns: 2000 },
  );
});

test('modules between other code are all found and nothing else is (property)', () => {
  // 0 in the middle: no such order can be cut in two.
  const solid = permutation.filter((module) => module.length === 1 || module[module.length - 1] === 0);
  fc.assert(
    fc.property(fc.array(solid, { maxLength: 5 }), (modules) => {
      const loads = modules.flatMap((module) => [module, undefined]);
      assert.equal(found(records(loads)).sort(), runsOf(loads).sort());
    }),
  );
});

test('a cut dump keeps its complete modules; one with a missing record is not found', () => {
  const all = records([[2, 1, 0], undefined, [3, 2, 4, 1, 0], [1, 0], [3, 1, 2, 0], undefined, [1, 0]]);
  for (let size = 0; size <= all.length; size++) {
    const expected = [
      ...(size >= 3 ? ['1+3'] : []),
      ...(size >= 9 ? ['5+5'] : []),
      ...(size >= 11 ? ['10+2'] : []),
      ...(size >= 15 ? ['12+4'] : []),
      ...(size >= 18 ? ['17+2'] : []),
    ];
    assert.equal(found(all.slice(0, size)).sort(), expected.sort(), `${size} records`);
  }
  const lost = all.filter((code) => code.codeIndex !== 6);
  assert.equal(found(lost).sort(), ['1+3', '17+2']);
});

test('a hostile dump is given up on, not tried for ever', async () => {
  const many = upTo(20_000);
  const scattered = Array.from({ length: 60_000 }, (_, i) => ({
    codeIndex: i * 2 ** 30,
    name: `functionDef${i % 7}`,
    size: 1,
    tid: i % 1000,
  }));
  await withinProcessorSeconds(60, () => {
    findModuleRuns(records([many, many, many]), new Set([20_000]));
    findModuleRuns(scattered, new Set([7]));
  });
});

test.run();
