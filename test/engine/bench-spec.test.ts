import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseBenchSpec } from '../../src/engine/bench-spec.ts';

const line = (input: string) => parseBenchSpec(`demo,echo,3,${input}`, 'spec')[0]?.input;

test("Faasm's own specs: blank lines, blanks around a line, with and without input", () => {
  assert.equal(
    parseBenchSpec('\n  demo,hello,100,\n\n   \ndemo,echo,200,this is input data  \r\ndemo,echo,1', 'spec'),
    [
      { user: 'demo', func: 'hello', runs: 100, input: '' },
      { user: 'demo', func: 'echo', runs: 200, input: 'this is input data' },
      { user: 'demo', func: 'echo', runs: 1, input: '' },
    ],
  );
  assert.equal(parseBenchSpec('', 'spec'), []);
});

test('quotes inside an input are part of it, quotes around it protect it', () => {
  assert.is(line('say "hi"'), 'say "hi"');
  assert.is(line('"a,b"'), 'a,b');
  assert.is(line('" a ""b"" \n"'), ' a "b" \n');
});

test('any input survives when it is quoted', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (input) => {
      assert.is(line(`"${input.replaceAll('"', '""')}"`), input);
    }),
  );
});

test('what is wrong names the line', () => {
  const fails = (text: string, message: RegExp) =>
    assert.throws(() => parseBenchSpec(text, 'spec.csv'), message);
  fails('demo,echo,1\ndemo,echo', /spec\.csv, line 2: expected 3 or 4 fields, found 2/);
  fails('demo,echo,1,a,b', /line 1: expected 3 or 4 fields, found 5/);
  fails('\n\ndemo,echo,many', /line 3: "many" is not a number of runs/);
  fails('demo,echo,-1', /not a number of runs/);
  fails(',echo,1', /the user or the function is missing/);
  fails('demo,echo,1,"open', /Could not read spec\.csv/);
});

test.run();
