import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { differences, modelOutcome } from '../../conformance/invoke-model.ts';
import type { Fixtures, ParserCase } from '../../conformance/parser-case.ts';
import { comparable, recordedOutcome, rulesFor, runParserCases } from '../../conformance/parser-run.ts';

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../fixtures/golden/${name}`, import.meta.url), 'utf8'));
}

const cases: readonly ParserCase[] = read('inv-parser-cases.public.json');
const fixtures: Fixtures = read('inv-parser-fixtures.json');

test('every recorded line of inv does on our runner what it did, or what a difference on purpose says', async () => {
  let said = '';
  const exit = await runParserCases(cases, fixtures, (text) => {
    said += text;
  });
  assert.is(exit, 0, said);
  assert.match(said, /\n660 passed, 0 failed\n$/);
});

test('the model of inv says what inv did, so what its switches change is what we change', () => {
  for (const given of cases) {
    const fixture = fixtures[given.fixture];
    assert.ok(fixture);
    const model = modelOutcome(fixture, given, new Set());
    const told = { ...model, executed: model.executed.map(comparable) };
    if (told.candidates !== undefined) Object.assign(told, { candidates: [...new Set(told.candidates)] });
    assert.equal(told, recordedOutcome(fixture, given), given.argv.join(' '));
  }
});

test('at most 12 % of the lines differ on purpose, and no difference is there in vain', () => {
  const found = cases.map((given) => {
    const fixture = fixtures[given.fixture];
    return fixture === undefined ? [] : rulesFor(fixture, given);
  });
  const share = found.filter((rules) => rules.length > 0).length / cases.length;
  assert.ok(share <= 0.12, `${share}`);
  for (const name of new Set(found.flat())) assert.ok(differences[name].length > 0);
});

test('a mismatch is printed and counted', async () => {
  const wrong: ParserCase = {
    id: 'wrong',
    fixture: 'main',
    argv: ['simple'],
    outcome: { exit: 0, executed: [], stdout: '' },
  };
  let said = '';
  const exit = await runParserCases([wrong], fixtures, (text) => {
    said += text;
  });
  assert.is(exit, 1);
  assert.match(said, /^FAIL main: tasks "simple"\n {5}expected[^\n]*\n {5}actual /);
  assert.match(said, /0 passed, 1 failed\n$/);
});

test.run();
