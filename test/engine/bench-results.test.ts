import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RESULT_HEADER, resultLine, shortFloat } from '../../src/engine/bench-results.ts';

test("the file is Faasm's", () => {
  assert.is(RESULT_HEADER, 'User,Function,Return value,Execution (us),Reset (us)\n');
  const result = { user: 'demo', func: 'hello', returnValue: 0, runUs: 25.4, resetUs: 0.12 };
  assert.is(resultLine(result), 'demo,hello,0,25.4,0.12\n');
});

test('numbers are printed as C prints them with %g', () => {
  const fixed = [0, 1, 0.1, 999999.4, 999999.5, 1e6, 1234567.8, 0.0001, 0.00001, 123456, 100000, 99999.95];
  const random = fc.sample(fc.double({ min: 1e-6, max: 1e12, noNaN: true, noDefaultInfinity: true }), 500);
  const numbers = [...fixed, ...random];
  const printf = spawnSync('perl', ['-e', 'printf "%g\n", $_ for @ARGV', ...numbers.map(String)], {
    encoding: 'utf8',
  });
  assert.is(printf.status, 0, printf.stderr);
  assert.equal(numbers.map(shortFloat), printf.stdout.trimEnd().split('\n'));
});

test.run();
