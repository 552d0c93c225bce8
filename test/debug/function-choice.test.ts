import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { chooseFunction, functionsMatching } from '../../src/debug/function-choice.ts';
import { UsageError } from '../../src/util/errors.ts';
import { sampleModule } from './a-module.ts';

const module = sampleModule([
  'main',
  'main_loop',
  'geo::area(int)',
  'geo::area(int, int)',
  'geo::Circle::area() const',
  'geo::Less::operator()(geo::Circle const&) const',
  'void geo::sort<int>(int*)',
  '',
  'functionDef1',
]);

function failure(run: () => unknown): UsageError {
  try {
    run();
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

for (const [wanted, number] of [
  ['main', 0],
  ['main_l', 1],
  ['geo::area(int)', 2],
  ['geo::area(int, int)', 3],
  ['geo::Circle::area', 4],
  ['Circle::', 4],
  ['geo::Less::operator()', 5],
  ['functionDef7', 7],
  // A number is a number, also where a source function is called like another one.
  ['functionDef1', 1],
] as const) {
  test(`${wanted} is functionDef${number}`, () => assert.is(chooseFunction(wanted, module), number));
}

test('several that fit are listed, with the way to have them all', () => {
  const { message, hints } = failure(() => chooseFunction('geo::area', module));
  assert.match(message, /"geo::area" fits 2 functions/);
  assert.ok(hints.includes('functionDef2  geo::area(int)'));
  assert.ok(hints.includes('functionDef3  geo::area(int, int)'));
  assert.ok(hints.some((hint) => hint.includes('--break-re=')));
});

test('many that fit are not all listed', () => {
  const many = sampleModule(Array.from({ length: 50 }, (_, n) => `step_${n}`));
  const { hints } = failure(() => chooseFunction('step_', many));
  assert.ok(hints.includes('… and 30 more'));
});

test('none that fits: near names', () => {
  assert.match(failure(() => chooseFunction('main_lop', module)).hints.join('\n'), /main_loop/);
  for (const wanted of ['', 'functionDef9', 'functionDef01', 'nothing_like_it']) {
    assert.instance(
      failure(() => chooseFunction(wanted, module)),
      UsageError,
    );
  }
});

test('a regular expression means all that it finds, never the nameless', () => {
  assert.equal(functionsMatching('^geo::area', module), [2, 3]);
  assert.equal(functionsMatching('', module), [0, 1, 2, 3, 4, 5, 6, 8]);
  assert.match(failure(() => functionsMatching('nothing', module)).message, /finds no function/);
  assert.match(failure(() => functionsMatching('(', module)).message, /no regular expression/);
});

test.run();
