import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Answers, type Responder } from '../../src/api/child-view.ts';

async function answered(responders: readonly Responder[], ...chunks: readonly string[]): Promise<string> {
  const stdin = new PassThrough();
  const answers = new Answers(responders);
  for (const chunk of chunks) await answers.see(chunk, stdin);
  return String(stdin.read() ?? '');
}

test('a question is answered once, however it arrives, and again when it is asked again', async () => {
  const responder = { pattern: /Proceed\? \[y\/N\] $/m, response: 'y\n' };
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 }), async (a, b) => {
      const text = 'noise\nProceed? [y/N] ';
      const [first, second] = [Math.min(a, b), Math.max(a, b)];
      const chunks = [text.slice(0, first), text.slice(first, second), text.slice(second)];
      assert.is(await answered([responder], ...chunks, 'more\n'), 'y\n');
      assert.is(await answered([responder], ...chunks, ...chunks), 'y\ny\n');
    }),
  );
});

test('a text is taken literally; each responder has its own question; a function answers when asked', async () => {
  let asked = 0;
  const name = { pattern: 'name (you)?', response: () => `n${++asked}\n` };
  const other = { pattern: 'age?', response: '3\n' };
  assert.is(await answered([name, other], 'your name (you)?', ' age?'), 'n1\n3\n');
  assert.is(asked, 1);
});

test('an answer that is refused is a failure, also in a single piece with the question', async () => {
  const responder = { pattern: 'Password: ', response: 'x\n', failed: /Sorry/ };
  assert.is(await answered([responder], 'Sorry is no refusal yet\nPassword: ', 'Welcome\n'), 'x\n');
  for (const chunks of [['Password: ', '\nSor', 'ry\n'], ['Password: \nSorry\n']]) {
    const failure = await answered([responder], ...chunks).then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.match(String(failure), /The answer to Password: {2}was refused/);
  }
});

test.run();
