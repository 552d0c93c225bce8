import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatHistory, historyEntry, isSameMeasurement, parseHistory } from '../../src/bench/history.ts';
import { parseSession, rowBlocks, type Session, sessionDifferences } from '../../src/bench/session.ts';
import { summarise } from '../../src/bench/statistics/summary.ts';
import { TaskError } from '../../src/util/errors.ts';

const session: Session = parseSession(
  readFileSync(new URL('../fixtures/bench/session.json', import.meta.url), 'utf8'),
  'session.json',
);
const summaries = [
  summarise(
    {
      user: 'demo',
      func: 'echo',
      input: 'x',
      runUs: Float64Array.from({ length: 50 }, (_, i) => 100 + (i % 7)),
      resetUs: undefined,
      failures: 1,
      unusable: 0,
    },
    { seed: 1 },
  ),
  summarise(
    {
      user: 'demo',
      func: 'exit',
      input: '',
      runUs: new Float64Array(),
      resetUs: undefined,
      failures: 3,
      unusable: 0,
    },
    { seed: 1 },
  ),
];
const entry = historyEntry(session, summaries);
const paint = (_style: unknown, text: string): string => text;

test('an entry has what plots need; it survives its line; functions without runs are left out', () => {
  assert.is(entry.functions.length, 1);
  assert.is(entry.functions[0]?.medianUs, 103);
  assert.is(entry.machine, 'Abacus 3000 x4, 8 GB, x64');
  const text = `${JSON.stringify(entry)}\n`;
  assert.equal(parseHistory(text, 'h'), [entry]);
  assert.equal(parseHistory(`${text}{"half`, 'h'), [entry]);
  assert.throws(() => parseHistory(`${text}{"half\n`, 'h'), /line 2/);
  assert.ok(isSameMeasurement(entry, { ...entry, functions: [] }));
  assert.not.ok(isSameMeasurement(entry, { ...entry, commit: 'other' }));
});

test('the machine of an entry does not change with host name, kernel or load', () => {
  const { machine } = session;
  const later = { ...session, machine: { ...machine, host: 'b', kernel: '7', load: [9, 9, 9] } };
  assert.is(historyEntry(later, []).machine, entry.machine);
});

test('a list: oldest first, with the change to the one before', () => {
  const faster = { ...entry, functions: entry.functions.map((one) => ({ ...one, medianUs: 51.5 })) };
  const text = formatHistory([entry, faster], paint, 80);
  assert.match(
    text,
    /^demo\/echo "x", embedded on Abacus 3000 x4, 8 GB, x64\n.* 0123456789?.*103\.0 us.*\n.* 51\.50 us .* -50\.0 %$/,
  );
  assert.is(formatHistory([], paint, 80), 'The history is empty.');
});

test('a line that is no entry is named', () => {
  const line = JSON.stringify(entry);
  for (const [bad, words] of [
    ['{"half', /line 2 is no JSON object$/],
    ['{"format":"faasm-tasks benchmark history","version":3}', /line 2 has a wrong version: /],
  ] as const)
    assert.throws(
      () => parseHistory(`${line}\n${bad}\n${line}\n`, 'h'),
      (error: unknown) => error instanceof TaskError && words.test(error.message),
    );
});

test('a session says whose rows are whose, and what differs', () => {
  assert.equal(rowBlocks(session), [
    { firstRow: 0, user: 'demo', func: 'echo', input: 'x' },
    { firstRow: 10, user: 'demo', func: 'echo', input: 'y' },
  ]);
  assert.equal(sessionDifferences(session, session), []);
  const other = { ...session, machine: { ...session.machine, governor: 'powersave', turbo: true } };
  assert.equal(sessionDifferences(session, other), ['governor: unknown and powersave', 'turbo: off and on']);
  const text = JSON.stringify(session);
  for (const bad of ['', '{}', '[]', text.replace('"version":1', '"version":2'), text.slice(0, -9)])
    assert.throws(
      () => parseSession(bad, 's'),
      (error: unknown) => error instanceof TaskError && /Could not read s: /.test(error.message),
    );
});

test.run();
