import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Piece, templateArgv } from '../../src/api/run.ts';
import { UsageError } from '../../src/util/errors.ts';

const argv = (pieces: TemplateStringsArray, ...values: readonly Piece[]): string[] =>
  templateArgv(pieces, values);

test('text is split by quoting rules, what is put in stays one word', () => {
  assert.equal(argv`git commit -m "two words" 'it''s' a\\ b ''`, [
    'git',
    'commit',
    '-m',
    'two words',
    'its',
    'a b',
    '',
  ]);
  assert.equal(argv`gcc ${'a b; rm -rf $HOME'} -o${'x y'} ${3}`, ['gcc', 'a b; rm -rf $HOME', '-ox y', '3']);
  assert.equal(argv`cat ${['a', 'b c']} --all=${['x', 'y']} ${[]}`, ['cat', 'a', 'b c', '--all=x y']);
  assert.equal(argv`echo "${'in'} quotes" ${''}`, ['echo', 'in quotes', '']);
  assert.equal(argv`${'a'}${'b'}:${'c'}`, ['ab:c']);
});

test('no value can become more or less than one word', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), (a, b) => {
      assert.equal(argv`run ${a} --x=${b} end`, ['run', a, `--x=${b}`, 'end']);
    }),
  );
});

test('what only a shell could do is refused, with what to write instead', () => {
  const refused = (line: string): UsageError => {
    try {
      templateArgv([line], []);
    } catch (error) {
      if (error instanceof UsageError) return error;
    }
    throw new Error(`${line} was taken`);
  };
  for (const line of [
    'a | b',
    'a > b',
    'a && b',
    'a; b',
    'a &',
    'echo "open',
    'ls $HOME',
    'rm *.o',
    'echo $(id)',
  ])
    assert.match([refused(line).message, ...refused(line).hints].join('\n'), /shell|quote/);
  assert.match(refused('ls $HOME').hints.join('\n'), /process\.env\.HOME/);
  assert.match(refused('rm *.o').hints.join('\n'), /glob\("\*\.o"\)/);
  assert.equal(templateArgv([`find . -name '*.o'`], []), ['find', '.', '-name', '*.o']);
});

test.run();
