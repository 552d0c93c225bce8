import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkSpec, runnerSpec, specOrFail } from '../../src/bench/spec.ts';
import { parseBenchSpec } from '../../src/engine/bench-spec.ts';
import { UsageError } from '../../src/util/errors.ts';

const known = ['demo/echo', 'demo/fibonacci', 'ann/chäin'];
const mistakes = (text: string): string[] =>
  checkSpec(text, known).mistakes.map(({ line, column, message }) => `${line}:${column}: ${message}`);

test('good lines: comments, blank lines, a BOM, CRLF, blanks around fields, three fields', () => {
  const { lines, mistakes: found } = checkSpec(
    '\ufeff# mine\r\n\r\n  demo , echo , 10 , two words  \r\n\t# more\r\ndemo,fibonacci,3\ndemo,echo,999999999,',
    known,
  );
  assert.equal(found, []);
  assert.equal(lines, [
    { user: 'demo', func: 'echo', runs: 10, input: ' two words', line: 3 },
    { user: 'demo', func: 'fibonacci', runs: 3, input: '', line: 5 },
    { user: 'demo', func: 'echo', runs: 999_999_999, input: '', line: 6 },
  ]);
});

test('every mistake is listed with line and column', () => {
  const text = [
    'demo,ehco,10,',
    'demo,echo,0,',
    '  dmeo,echo,ten,x',
    'demo,echo',
    'demo,echo,1,a,b',
    'demo,echo,1,"a,b"',
    ',echo,1,',
    'demo,,1,',
    'demo,echo,,',
    'demo,echo,-1,',
    'demo,echo,1e6,',
    'demo,echo,1000000000,',
    'user,func,n_runs,input',
  ].join('\n');
  assert.equal(mistakes(text), [
    '1:6: there is no function demo/ehco; did you mean demo/echo?',
    '2:11: 0 runs measure nothing: 1 or more is meant',
    '3:3: there is no function dmeo/echo; did you mean demo/echo?',
    '3:13: "ten" is not a number of runs: a whole number, 1 or more, is meant',
    '4:6: 2 fields of at least 3: user,func,n_runs,input',
    "5:15: a comma in the input: Faasm's format cannot hold one, quoted or not (the runner cuts at every comma)",
    "6:16: a comma in the input: Faasm's format cannot hold one, quoted or not (the runner cuts at every comma)",
    '7:1: the user is missing',
    '8:6: the function is missing',
    '9:11: the number of runs is missing',
    '10:11: "-1" is not a number of runs: a whole number, 1 or more, is meant',
    '11:11: "1e6" is not a number of runs: a whole number, 1 or more, is meant',
    '12:11: 1000000000 runs are more than a runner counts (999999999)',
    '13:1: this is a header, which the format does not have; begin it with # or leave it out',
  ]);
});

test('columns count characters, not bytes or UTF-16 units', () => {
  assert.equal(mistakes('ann,chäin,x,'), [
    '1:11: "x" is not a number of runs: a whole number, 1 or more, is meant',
  ]);
  assert.match(mistakes('😀😀,echo,x,')[1] ?? '', /^1:9: /);
});

test('nothing to run is a mistake; a line twice is a remark', () => {
  assert.equal(mistakes('# only words\n\n'), [
    '1:1: there is no line to run; each is user,func,n_runs,input',
  ]);
  const { remarks, lines } = checkSpec('demo,echo,1,x\ndemo,echo,1,y\ndemo,echo,5,x\n', known);
  assert.is(lines.length, 3);
  assert.equal(remarks, ['lines 1 and 3 are the same (demo/echo): their runs are counted together']);
});

test('one mistake stands in the message, several below it', () => {
  const fail = (text: string): UsageError => {
    try {
      specOrFail(checkSpec(text, known), 'my.csv');
    } catch (error) {
      if (error instanceof UsageError) return error;
    }
    throw new Error('did not fail');
  };
  assert.match(fail('demo,echo,x,').message, /^Nothing was run, .*: my\.csv:1:11: "x"/);
  const two = fail('demo,echo,x,\ndemo,echo,y,');
  assert.match(two.message, /2 mistakes in the spec my\.csv/);
  assert.is(two.detail?.split('\n').length, 2);
});

test('a results file in the place of the spec does not fill the screen', () => {
  const checked = checkSpec('demo,echo,0,12.5,3\n'.repeat(1000), known);
  assert.throws(
    () => specOrFail(checked, 's.csv'),
    (error: unknown) =>
      error instanceof UsageError &&
      /2000 mistakes/.test(error.message) &&
      /and 1950 more$/.test(error.detail ?? '') &&
      error.detail?.split('\n').length === 51,
  );
});

test('no text makes it throw, and a comma in an input is always seen', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      checkSpec(text, known);
    }),
  );
  fc.assert(
    fc.property(fc.stringMatching(/^[^\r\n]*,[^\r\n]*$/), (input) => {
      assert.ok(mistakes(`demo,echo,1,${input}`).some((line) => line.includes('a comma in the input')));
    }),
  );
});

test("what the embedded runner's own reader gets is what was in the spec", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[^,\r\n]*$/), (input) => {
      const { lines, mistakes: found } = checkSpec(`demo,echo,7,${input}`, known);
      if (found.length > 0) return;
      const [line] = lines;
      const [read] = parseBenchSpec(runnerSpec(lines, 'embedded'), 'spec');
      assert.is(read?.input, line?.input);
      assert.is(read?.runs, 7);
    }),
  );
});

test("Faasm's runner gets its lines without quotes", () => {
  const { lines } = checkSpec('demo,echo,7,say "hi"\n#\ndemo,echo,1', known);
  assert.is(runnerSpec(lines, 'faasm'), 'demo,echo,7,say "hi"\ndemo,echo,1,\n');
});

test.run();
