import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Results, ResultsReader } from '../../src/bench/results.ts';
import { seriesOf } from '../../src/bench/series.ts';
import { resultLine } from '../../src/engine/bench-results.ts';

const withReset = 'User,Function,Return value,Execution (us),Reset (us)\n';
const newest = 'User,Function,Return value,Execution (us)\n';

function read(text: string | Uint8Array, chunkBytes = 7): Results {
  const bytes = Buffer.from(text);
  const reader = new ResultsReader();
  for (let at = 0; at < bytes.length; at += chunkBytes) reader.push(bytes.subarray(at, at + chunkBytes));
  return reader.end();
}
const kinds = (results: Results): string[] => results.remarks.map(({ kind }) => kind);

test('five columns, four columns, with a header and without, joined files', () => {
  for (const header of [withReset, '', `${withReset}demo,echo,0,1,1\n${withReset}`]) {
    const results = read(`${header}demo,echo,0,12.3457,1.23457e+06\nann,f,0,1e-05,2\n`);
    assert.ok(results.hasReset);
    assert.equal(kinds(results), []);
    assert.is(results.runUs.at(-2), 12.3457);
    assert.is(results.resetUs.at(-2), 1_234_570);
    assert.is(results.runUs.at(-1), 1e-5);
    assert.equal(results.names, [
      { user: 'demo', func: 'echo' },
      { user: 'ann', func: 'f' },
    ]);
  }
  for (const header of [newest, '']) {
    const results = read(`${header}demo,echo,0,12.3457\r\n`);
    assert.not.ok(results.hasReset);
    assert.equal([...results.runUs], [12.3457]);
    assert.equal(kinds(results), []);
    assert.is(seriesOf(results)[0]?.resetUs, undefined);
  }
});

test('times that are no times are counted and said, the rest is kept', () => {
  const bad = ['nan', '-nan', 'inf', '-inf', 'NaN', 'nan(0x1)', '-3.5', '1e+300', 'Infinity'];
  const results = read(`${bad.map((us) => `demo,echo,0,${us},1\n`).join('')}demo,echo,0,5,1\n`);
  assert.is(results.rows, bad.length + 1);
  const [series] = seriesOf(results);
  assert.is(series?.unusable, bad.length);
  assert.equal([...(series?.runUs ?? [])], [5]);
  assert.equal(kinds(results), ['time']);
  assert.match(
    results.remarks[0]?.message ?? '',
    /^9 lines are without a usable time .*line 1: demo,echo,0,nan,1/,
  );
});

test('zero is a time, and said; a call that failed is counted apart', () => {
  const results = read('demo,echo,0,0,1\ndemo,echo,0,0,1\ndemo,echo,-1,7,1\n');
  const [series] = seriesOf(results);
  assert.equal([...(series?.runUs ?? [])], [0, 0]);
  assert.is(series?.failures, 1);
  assert.equal(kinds(results), ['zero']);
});

test('half a last line, lines that are no rows, an empty file, mixed columns', () => {
  const half = read('demo,echo,0,5,1\ndemo,echo,0,1.');
  assert.is(half.rows, 1);
  assert.match(half.remarks[0]?.message ?? '', /the last line has no end .*: demo,echo,0,1\./);
  const odd = read(
    'hello\ndemo,echo,x,1,1\ndemo,echo,0,abc,1\ndemo,echo,,1,1\ndemo,echo,0,1,1,1\ndemo,echo,0,5,1\n',
  );
  assert.is(odd.rows, 1);
  assert.match(odd.remarks[0]?.message ?? '', /^5 lines are no results .* first is line 1: hello/);
  assert.equal(kinds(read('')), ['empty']);
  assert.equal(kinds(read(withReset)), ['empty']);
  const mixed = read('demo,echo,0,5,1\ndemo,echo,0,6\n');
  assert.equal(kinds(mixed), ['columns']);
  assert.is(seriesOf(mixed)[0]?.runUs.length, 2);
  assert.is(seriesOf(mixed)[0]?.resetUs, undefined);
});

test('cut at every byte: whole rows are kept, nothing throws', () => {
  const text = `${withReset}demo,echo,0,12.3457,1.5\ndemo,ächo,0,1e+06,nan\n`;
  const bytes = Buffer.from(text);
  for (let end = 0; end <= bytes.length; end++) {
    const results = read(bytes.subarray(0, end), 5);
    assert.is(results.rows, Math.max(0, bytes.subarray(0, end).toString().split('\n').length - 2));
  }
  for (let at = 0; at < bytes.length; at++) {
    const broken = Buffer.from(bytes);
    broken[at] = 0xff;
    read(broken);
  }
});

test('what the embedded runner writes is read back, however it comes in pieces', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.double({ min: 0, max: 1e9, noNaN: true }), fc.integer({ min: -5, max: 300 }))),
      fc.integer({ min: 1, max: 50 }),
      (rows, chunk) => {
        const text = rows
          .map(([runUs, returnValue]) =>
            resultLine({ user: 'u', func: 'f', returnValue, runUs, resetUs: runUs / 2 }),
          )
          .join('');
        const results = read(withReset + text, chunk);
        assert.is(results.rows, rows.length);
        for (const [index, [runUs, returnValue]] of rows.entries()) {
          assert.is(results.returnValues[index], returnValue);
          assert.ok(Math.abs((results.runUs[index] ?? -1) - runUs) <= runUs * 1e-5);
        }
      },
    ),
  );
});

test('blocks tell inputs of one function apart, and processes', () => {
  const results = read(`${withReset}u,f,0,1,1\nu,f,0,2,1\nu,f,3,9,1\nu,f,0,3,1\nu,f,0,4,1\nu,f,0,5,1\n`);
  const block = (firstRow: number, input: string, func = 'f') => ({ firstRow, user: 'u', func, input });
  const series = seriesOf(results, [
    block(0, 'a'),
    block(1, 'b'),
    block(3, 'a'),
    block(5, 'b'),
    block(6, 'c'),
  ]);
  assert.equal(
    series.map(({ input, runUs, failures, blockStarts }) => [input, [...runUs], failures, blockStarts]),
    [
      ['a', [1, 3, 4], 0, [0, 1]],
      ['b', [2, 5], 1, [0, 1]],
    ],
  );
  const [unknown] = seriesOf(results, [block(0, 'a', 'other')]);
  assert.is(unknown?.input, undefined, 'blocks of another file are not believed');
  assert.is(unknown?.blockStarts, undefined);
});

test('a million lines in little memory', () => {
  const part = Buffer.from(
    Array.from(
      { length: 1000 },
      (_, i) => `demo,f${i % 3},0,${(i * 7.13).toPrecision(6)},1.23457e+06\n`,
    ).join(''),
  );
  const reader = new ResultsReader();
  const heapBefore = process.memoryUsage().rss;
  for (let i = 0; i < 1000; i++) reader.push(part);
  const results = reader.end();
  assert.is(results.rows, 1_000_000);
  assert.is(
    seriesOf(results).reduce((sum, { runUs }) => sum + runUs.length, 0),
    1_000_000,
  );
  assert.ok(process.memoryUsage().rss - heapBefore < 400e6);
});

test('what is no text is not sent to the terminal', () => {
  const { remarks } = read(Uint8Array.from([27, 91, 51, 49, 109, 0, 10, 194, 155, 7]));
  for (const { message } of remarks) assert.not.match(message, /[\0-\x1f\x7f-\x9f]/);
  assert.is(remarks.length, 3);
});

test.run();
