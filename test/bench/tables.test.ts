import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compareSeries } from '../../src/bench/comparison.ts';
import { comparisonRecord, formatComparisons, markdownComparisons } from '../../src/bench/comparison-text.ts';
import { summarise } from '../../src/bench/statistics/summary.ts';
import { formatSummaries } from '../../src/bench/summary-text.ts';
import { changeText, shortNumber, timeText } from '../../src/bench/time-text.ts';

const paint = (_style: unknown, text: string): string => text;
const series = (func: string, runUs: readonly number[], more = {}) => ({
  user: 'demo',
  func,
  input: 'x',
  runUs: Float64Array.from(runUs),
  resetUs: Float64Array.from(runUs, (us) => us / 1000),
  failures: 0,
  unusable: 0,
  ...more,
});
const steady = Array.from({ length: 300 }, (_, i) => 100 + ((i * 7919) % 101) / 100);
const twoPeaks = steady.map((us, i) => (((i * 7919) % 11) % 2 === 0 ? us : us * 3));
const long = 'a_function_with_a_very_long_name_indeed'.repeat(4);

test('summaries fit the terminal, and say what a median hides', () => {
  const all = [
    series('echo', steady),
    series('two', twoPeaks),
    series('one', [12.5]),
    series(long, [...steady, 1e9]),
    series(
      'slow',
      steady.map((us) => us * 1e5),
    ),
    series('none', [], { failures: 2, unusable: 1 }),
    series('zero', [0, 0, 0]),
  ].map((one) => summarise(one, { seed: 1 }));
  for (const columns of [80, 120]) {
    const text = formatSummaries(all, { paint, columns });
    for (const line of text.split('\n')) assert.ok([...line].length <= columns, `${columns}: ${line}`);
    assert.match(text, /demo\/echo "x" {2}300 runs, 99\d\d a second/);
    assert.match(text, /^ {2}run us +100\.5 +100\.\d \.\. 100\.\d /m);
    assert.match(text, /^ {2}reset ns +100\.5 /m);
    assert.match(text, /two peaks: \d+ % around 100\.\d us and \d+ % around 30\d\.\d us/);
    assert.match(text, /one run only: there is no interval/);
    assert.match(text, /^ {2}run s +10\.05 /m);
    assert.match(
      text,
      /no usable run, 2 failed\n {2}- 2 calls failed; their times are not counted\n {2}- 1 without a usable time/,
    );
    assert.match(text, /1 severe slow/);
  }
});

test('comparisons fit the terminal; Markdown survives any name', () => {
  const worse = steady.map((us) => us * 2);
  const comparisons = compareSeries(
    [series('echo', steady), series('a|b`c', steady), series('one', [1])],
    [series('echo', worse), series('a|b`c', steady), series('one', [2])],
    { threshold: 0.05, falseDiscoveryRate: 0.05, seed: 1 },
  );
  for (const columns of [80, 120]) {
    const text = formatComparisons(comparisons, { paint, columns, threshold: 0.05 });
    assert.match(text, /^slower +\+100 % +\+\d+\.\d \.\. \+\d+ % +100\.5 us +201\.0 us {2}demo\/echo "x"$/m);
    assert.match(text, /^same /m);
    assert.match(text, /^1 slower, 1 same, 1 noisy; \+ is slower, same is surely within 5 %$/m);
    const table = text.split('\n').filter((line) => /^(slower|same|noisy|verdict)/.test(line));
    for (const line of table) assert.ok([...line].length <= columns, line);
  }
  const markdown = markdownComparisons(comparisons, { base: 'a', changed: 'b', threshold: 0.05 });
  const rows = markdown.split('\n').filter((line) => line.startsWith('| '));
  for (const row of rows) assert.is(row.replaceAll('\\|', '').split('|').length, 9, row);
  assert.match(markdown, /`demo\/a\\\|b'c "x"`/);
  const [first] = comparisons.map(comparisonRecord);
  assert.equal([first?.user, first?.function, first?.verdict], ['demo', 'echo', 'slower']);
});

test('numbers have four digits and their unit', () => {
  assert.equal([0, 0.1234567, 1.5, 12.345, 99.996, 999.96, 12345].map(shortNumber), [
    '0',
    '0.123',
    '1.500',
    '12.35',
    '100.0',
    '1000',
    '12345',
  ]);
  assert.equal([0, 0.0005, 0.5, 12, 1500, 2.5e6].map(timeText), [
    '0 us',
    '0.500 ns',
    '500.0 ns',
    '12.00 us',
    '1.500 ms',
    '2.500 s',
  ]);
  assert.equal([0.052, -0.003, 1.5, 9.9, 10, 9959.4].map(changeText), [
    '+5.2 %',
    '-0.30 %',
    '+150 %',
    '+990 %',
    'x11.00',
    'x9960',
  ]);
});

test.run();
