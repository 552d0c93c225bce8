import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ProgressReader, progressText } from '../../src/build/build-progress.ts';

test("Ninja's counter: step, file without CMake's wrapping, time left from the steps still to do", () => {
  const reader = new ProgressReader(0);
  const lines = [1, 2, 3, 4].map(
    (n) => `[${n}/8] Building CXX object src/wavm/CMakeFiles/wavmmodule.dir/io.cpp.o`,
  );
  const read = lines.map((line, at) => reader.read(line, (at + 1) * 1000));
  assert.is(read[0]?.file, 'src/wavm/io.cpp');
  assert.is(read[1]?.secondsLeft, undefined, 'two steps are no pace');
  assert.equal([read[3]?.done, read[3]?.total, read[3]?.share], [4, 8, 0.5]);
  assert.is(read[3]?.secondsLeft, 4);
  assert.is(read[3] === undefined ? '' : progressText(read[3]), '4 of 8, about 4 s left');
});

test('only the recent pace counts: a slow beginning does not spoil the guess', () => {
  const reader = new ProgressReader(0);
  let now = 0;
  let last: number | undefined;
  for (let done = 1; done <= 150; done++) {
    now += done <= 50 ? 60_000 : 1000;
    last = reader.read(`[${done}/200] x`, now)?.secondsLeft;
  }
  assert.ok(last !== undefined && Math.abs(last - 50) < 1, String(last));
});

test('a total that shrinks, a counter that stands still, a step beyond the total', () => {
  const reader = new ProgressReader(0);
  for (const [at, line] of ['[1/9] a', '[2/9] b', '[3/4] c', '[3/4] c', '[5/4] d'].entries()) {
    const read = reader.read(line, at * 10);
    assert.ok(read !== undefined && read.share <= 1);
    assert.ok(read.secondsLeft === undefined || read.secondsLeft >= 0);
  }
});

test("Make's share", () => {
  const reader = new ProgressReader(0);
  const read = reader.read('[ 12%] Building CXX object CMakeFiles/tests.dir/src/tests.cpp.o', 10);
  assert.equal([read?.share, read?.done, read?.file], [0.12, undefined, 'src/tests.cpp']);
  assert.is(read === undefined ? '' : progressText(read), '12 %');
  assert.is(reader.read('[100%] Built target tests', 20)?.share, 1);
});

test('everything else is no progress', () => {
  const reader = new ProgressReader(0);
  for (const line of ['', 'FAILED: a.o', '[x/y] a', 'a.cpp:1:1: error: [1/2] b', '[0/0] x', '-- [1/2]'])
    assert.is(reader.read(line, 1), undefined, line);
});

test('hours and minutes', () => {
  const at = (secondsLeft: number): string =>
    progressText({ done: 1, total: 2, share: 0.5, file: '', secondsLeft });
  assert.is(at(0.2), '1 of 2, about 1 s left');
  assert.is(at(600), '1 of 2, about 10 min left');
  assert.is(at(7200), '1 of 2, about 2.0 h left');
});

test.run();
