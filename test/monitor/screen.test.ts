import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { History } from '../../src/monitor/chart.ts';
import { type ScreenState, screenLines, sparkRows } from '../../src/monitor/screen.ts';
import { formatLineSummaries, SampleTable, summariseLines } from '../../src/monitor/tables.ts';
import { columnsOf } from '../../src/util/terminal-text.ts';

const charts = [
  {
    title: 'CPU',
    quantity: 'percent' as const,
    most: 100,
    lines: [
      { id: 'u', label: 'user' },
      { id: 's', label: 'system' },
    ],
  },
  {
    title: 'Disk \u001b[31m',
    quantity: 'bytes/s' as const,
    most: undefined,
    lines: [{ id: 'd', label: '磁盘' }],
  },
];

function filled(): History {
  const history = new History(charts);
  for (let at = 0; at < 40; at += 1)
    history.add({ timeMs: at * 1000, values: at === 20 ? {} : { u: at * 2, s: 1, d: at * 1024 } });
  return history;
}

const state = (more: Partial<ScreenState>): ScreenState => ({
  history: filled(),
  host: 'w1',
  intervalMs: 1000,
  elapsedMs: 40_000,
  outage: undefined,
  program: undefined,
  columns: 80,
  rows: 24,
  isUtf8: true,
  paint: (_style, text) => text,
  ...more,
});

test('bars: two rows high, a gap, and a foot under the smallest', () => {
  assert.equal(sparkRows([0, 50, 100, undefined, 75], { low: 0, high: 100 }, 2, true), ['  █ ▄', '▁██ █']);
  assert.equal(sparkRows([0, 100], { low: 0, high: 100 }, 1, false), ['.#']);
  assert.equal(sparkRows([3], { low: 3, high: 3 }, 1, true), ['▁']);
});

test('a screen says values, ranges, the outage and the program', () => {
  const text = screenLines(
    state({
      outage: { sinceMs: 0, why: 'nobody\u001b[2J listens' },
      program: { line: 'sleep 1', tail: ['hi\u001b[H'] },
      rows: 40,
    }),
  ).join('\n');
  assert.match(text, /user .*78\.0 %/);
  assert.match(text, /Disk .*0 B\/s to 39\.0 KiB\/s/);
  assert.match(text, /no answer since \d\d:\d\d:\d\d, trying again: nobody.*listens/);
  assert.match(text, '$ sleep 1');
  assert.not.match(text, '\u001b');
});

test('too few rows: titles go first, then lines, and it is said', () => {
  assert.match(screenLines(state({ rows: 5 })).join('\n'), /CPU user/);
  assert.match(screenLines(state({ rows: 3 })).join('\n'), /2 more lines/);
});

test('property: it fits any terminal', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 60 }),
      fc.boolean(),
      (columns, rows, isUtf8) => {
        const program = { line: 'x'.repeat(300), tail: ['磁'.repeat(200)] };
        const lines = screenLines(
          state({ columns, rows, isUtf8, program, outage: { sinceMs: 0, why: 'y'.repeat(300) } }),
        );
        assert.ok(lines.length <= rows);
        for (const line of lines) assert.ok(columnsOf(line) <= columns, `${columns}: ${line}`);
      },
    ),
  );
});

test('a table: head and lines have the same width, an unknown value is a dash', () => {
  const table = new SampleTable(charts);
  const [titles = '', labels = ''] = table.head();
  const line = table.line({ timeMs: 0, values: { u: 12.5 } });
  assert.is(columnsOf(titles), columnsOf(line));
  assert.is(columnsOf(labels), columnsOf(line));
  assert.match(line, /12\.5 % +- +-$/);
});

test('least, mean, 95th percentile and most', () => {
  const [user, , disk] = summariseLines(filled());
  assert.is(user?.samples, 39);
  assert.is(user?.min, 0);
  assert.is(user?.max, 78);
  assert.ok(Math.abs((user?.mean ?? 0) - 1520 / 39) < 1e-9);
  assert.ok(Math.abs((user?.p95 ?? 0) - 74.2) < 1e-9, String(user?.p95));
  assert.is(disk?.chart, charts[1]?.title);
  assert.match(formatLineSummaries(summariseLines(filled())), /CPU user +0 % +39\.0 % +74\.2 % +78\.0 %/);
  assert.equal(summariseLines(new History(charts)), []);
});

test.run();
