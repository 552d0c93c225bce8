import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { quotedFor, unfinishedLine } from '../../src/runner/completion-reply.ts';

const word = fc.stringMatching(/^[ -~é]{1,12}$/);

test('what is quoted is read back, by us and by bash', () => {
  const property = fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
    const bare = words.map((one) => quotedFor('', one)).join(' ');
    const double = words.map((one) => `"${quotedFor('"', one)}"`).join(' ');
    const single = words.map((one) => `'${quotedFor("'", one)}'`).join(' ');
    for (const line of [bare, double, single]) {
      assert.equal(unfinishedLine(line).words, words, line);
      assert.is(unfinishedLine(line).quote, '');
    }
    const script = `printf '%s\\0' ${bare} ${double} ${single}`;
    const displayName = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8' }).stdout;
    assert.equal(displayName.split('\0').slice(0, -1), [...words, ...words, ...words]);
  });
  fc.assert(property, { numRuns: 40 });
});

test('where readline goes on: behind an open quote, behind the last break character', () => {
  const breaks = ' \t\n"\'@><=;|&(:';
  const end = (line: string) => {
    const { words, quote, keep } = unfinishedLine(line, breaks);
    return [words.at(-1), quote, keep];
  };
  assert.equal(end('tasks flame "my us'), ['my us', '"', 0]);
  assert.equal(end('tasks flame my" us'), ['my us', '"', 2]);
  assert.equal(end("tasks flame 'it"), ['it', "'", 0]);
  assert.equal(end('tasks --format=sv'), ['--format=sv', '', 9]);
  assert.equal(end('tasks a:b:c'), ['a:b:c', '', 4]);
  assert.equal(end('tasks a\\:b'), ['a:b', '', 0], 'an escaped one breaks nothing');
  assert.equal(end('tasks flame '), ['', '', 0]);
});

test.run();
