import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RESULT_HEADER } from '../../src/engine/bench-results.ts';
import { bundlePrograms } from './programs.ts';

const programs = await bundlePrograms();
const spec = join(programs.folder, 'spec.csv');
const out = join(programs.folder, 'out.csv');

const bench = (text: string, ...args: string[]) => {
  writeFileSync(spec, text);
  return programs.run('microbench_runner', [spec, out, ...args]);
};
const rows = () => readFileSync(out, 'utf8').slice(RESULT_HEADER.length).trimEnd().split('\n');

test.after(() => programs.dispose());

test('one row a run, in the order of the spec', () => {
  const { exit, stderr } = bench('demo,fibonacci,3,5\n\ndemo,echo,2,"foo, bar"\n');
  assert.is(exit, 0, stderr);
  assert.ok(readFileSync(out, 'utf8').startsWith(RESULT_HEADER));
  assert.equal(
    rows().map((row) => row.replace(/,[\d.]+,[\d.]+$/, '')),
    ['demo,fibonacci,0', 'demo,fibonacci,0', 'demo,fibonacci,0', 'demo,echo,0', 'demo,echo,0'],
  );
  for (const row of rows())
    assert.ok(
      row
        .split(',')
        .slice(3)
        .every((us) => Number(us) > 0 && Number(us) < 1e7),
      row,
    );
  assert.match(stderr, /Running demo\/fibonacci x3 \(input \[5\]\)/);
});

test('every call gets a fresh image: memory, globals, tables; one more call than recorded', () => {
  programs.installText(
    'once',
    `(module (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1) (global $used (mut i32) (i32.const 0)) (table 1 funcref) (elem (i32.const 0) $good)
      (data (i32.const 100) "call\\n")
      (func $good)
      (func (export "_start")
        (if (i32.or (global.get $used) (i32.load (i32.const 0))) (then (unreachable)))
        (call_indirect (i32.const 0))
        (global.set $used (i32.const 1)) (i32.store (i32.const 0) (i32.const 1)) (table.set 0 (i32.const 0) (ref.null func))
        (i32.store (i32.const 8) (i32.const 100)) (i32.store (i32.const 12) (i32.const 5))
        (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 16)))))`,
  );
  const { exit, stdout, stderr } = bench('demo,once,50,');
  assert.is(exit, 0, stderr);
  assert.is(stdout.toString(), 'call\n'.repeat(51));
  assert.is(rows().length, 50);
});

test('thousands of instances in one run', () => {
  const { exit, stderr } = bench('demo,hello,6000,');
  assert.is(exit, 0, stderr);
  assert.is(rows().length, 6000);
});

test('a call that fails ends the run with its row, and exit code 1', () => {
  const { exit, stderr } = bench('demo,exit,5,9\ndemo,hello,5,');
  assert.is(exit, 1);
  assert.is(rows().length, 1);
  assert.match(rows()[0] ?? '', /^demo,exit,9,/);
  assert.match(stderr, /demo\/exit failed on run 0 with value 9/);
  assert.match(bench('demo,trap,5,divide').stderr, /divide by zero\n {2}in divide_by_zero/);
});

test('an endless loop ends at the time limit', () => {
  const { exit, stderr } = bench('demo,loop,2,', '--timeout=0.2');
  assert.is(exit, 1);
  assert.match(stderr, /demo\/loop was stopped after 0.2 s/);
});

test('nothing is overwritten by a run that cannot start', () => {
  writeFileSync(out, 'precious');
  for (const text of ['demo,echo', 'demo,nothing,1,', 'demo,echo,x,']) {
    assert.is.not(bench(text).exit, 0);
    assert.is(readFileSync(out, 'utf8'), 'precious');
  }
  assert.is(programs.run('microbench_runner', [join(programs.folder, 'none.csv'), out]).exit, 1);
  assert.is(programs.run('microbench_runner', [spec, join(programs.folder, 'no', 'out.csv')]).exit, 1);
  assert.not.ok(readdirSync(programs.folder).some((name) => name.endsWith('.tmp')));
  assert.not.ok(existsSync(join(programs.folder, 'no')));
});

test.run();
