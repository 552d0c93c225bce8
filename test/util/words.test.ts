import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { splitCommand } from '../../src/steps/flame/command-line.ts';
import { messageOf } from '../../src/util/errors.ts';
import { didYouMean, near } from '../../src/util/near.ts';
import { shellLine } from '../../src/util/shell-word.ts';
import { paintFor } from '../../src/util/terminal-text.ts';

const word = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !text.includes('\0'));

test('a shell reads a shown command line back as the same arguments', () => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (argv) => {
      const script = `for word in ${shellLine(argv)}; do printf '%s\\0' "$word"; done`;
      const read = spawnSync('sh', ['-c', script], { encoding: 'utf8' }).stdout.split('\0').slice(0, -1);
      assert.equal(read, argv);
    }),
    { numRuns: 60 },
  );
  assert.is(
    shellLine(['perf', '-F', '99', '--call-graph=fp', '/a/b.c']),
    'perf -F 99 --call-graph=fp /a/b.c',
  );
});

test('--cmd is split by quoting rules; nothing is expanded', () => {
  assert.equal(splitCommand('my_runner --fast'), ['my_runner', '--fast']);
  assert.equal(splitCommand(`a "b c" 'd "e"' f\\ g`), ['a', 'b c', 'd "e"', 'f g']);
  assert.equal(splitCommand('echo $HOME *.c'), ['echo', '$HOME', '*.c']);
  assert.equal(splitCommand("it '|' x"), ['it', '|', 'x']);
});

test('--cmd refuses what only a shell could do', () => {
  const refusal = (line: string): string => {
    try {
      return `ran: ${splitCommand(line).join()}`;
    } catch (error) {
      return messageOf(error);
    }
  };
  for (const line of ['a | b', 'a; b', 'a > b', 'a && b', 'a <b>'])
    assert.match(refusal(line), /without a shell/, line);
  for (const line of ['', '  ', "''"]) assert.match(refusal(line), /names no program/, line);
});

test('near names', () => {
  assert.equal(near('eco', ['echo', 'hello', 'chain']), ['echo']);
  assert.equal(near('symbols', ['disas.symbols', 'flame']), ['disas.symbols']);
  assert.equal(near('flmae', ['flame', 'flush']), ['flame'], 'neighbouring letters in the wrong order');
  assert.equal(near('biuld', ['all', 'build']), ['build']);
  assert.equal(near('x', ['echo']), []);
  assert.equal(
    didYouMean('--dta', ['--data'], (name) => `${name}=`),
    ['Did you mean --data=?'],
  );
  assert.equal(didYouMean('qqq', ['--data']), []);
});

test('colour: NO_COLOR, FORCE_COLOR, terminals', () => {
  const painted = (isTTY: boolean, env: Record<string, string>): boolean =>
    paintFor({ isTTY }, env)('red', 'x') !== 'x';
  assert.is(painted(true, {}), true);
  assert.is(painted(false, {}), false);
  assert.is(painted(true, { NO_COLOR: '1' }), false);
  assert.is(painted(true, { TERM: 'dumb' }), false);
  assert.is(painted(false, { FORCE_COLOR: '1' }), true);
  assert.is(painted(true, { FORCE_COLOR: '0' }), false);
});

test('--cmd refuses a quote without its end', () => {
  for (const line of [`'unclosed`, `a "b`, 'a \\', `a "b\\"`, `'a' 'b`]) {
    assert.throws(() => splitCommand(line), /without its end/, line);
  }
  assert.equal(splitCommand(`a "it's" 'say "x"' \\'`), ['a', "it's", 'say "x"', "'"]);
});

test.run();
