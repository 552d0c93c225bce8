import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findOnPath } from '../../src/faasm/binaries.ts';
import { namespace, task } from '../../src/runner/define.ts';
import { manPage } from '../../src/runner/man-page.ts';
import { TaskTree } from '../../src/runner/tree.ts';
import { tree } from '../../tasks/index.ts';
import { unless } from '../support/unless.ts';

const date = { version: '1.2.3', date: '2026-01-02' };
const missing = async (program: string): Promise<string | undefined> =>
  (await findOnPath(program)) === undefined ? `no ${program}` : undefined;

const hostile = namespace({
  doc: 'A \\ root',
  tasks: {
    odd: task({
      doc: `.TH at the start of a line
'and an apostrophe, "quotes", a back\\slash, --a-flag … and é

.SH no heading`,
      examples: ['tasks odd --name="x y" | grep -v "\\."'],
      exitCodes: { 7: 'seven "times"' },
      params: { name: { type: 'string', default: 'a "b"', help: '.not a request' } },
      run: async () => {},
    }),
  },
});

async function page(root: typeof hostile): Promise<string> {
  return manPage((await new TaskTree(root).facts()) ?? { doc: '', tasks: {} }, date);
}

for (const [program, args] of [
  ['groff', ['-man', '-ww', '-z']],
  ['mandoc', ['-Tlint', '-Wwarning']],
] as const) {
  unless(await missing(program), test)(`${program} has nothing to say against the page`, async () => {
    for (const root of [tree, hostile]) {
      const { stdout, stderr, status } = spawnSync(program, args, {
        input: await page(root),
        encoding: 'utf8',
      });
      assert.equal([stdout, stderr, status], ['', '', 0]);
    }
  });
}

unless(await missing('groff'), test)('what is written is what is read', async () => {
  const env = { ...process.env, GROFF_NO_SGR: '1' };
  const displayed = spawnSync('groff', ['-man', '-Tutf8', '-P-cbou'], {
    input: await page(hostile),
    encoding: 'utf8',
    env,
  });
  const text = displayed.stdout.replace(/\s+/g, ' ');
  for (const part of [
    '.TH at the start of a line',
    `'and an apostrophe, "quotes", a back\\slash, --a-flag ... and é`,
    '.SH no heading',
    'tasks odd --name="x y" | grep -v "\\."',
    '--name=STRING .not a request (default: a "b")',
    'exit 7 seven "times"',
  ])
    assert.ok(text.includes(part), `${part}\n${displayed.stdout}`);
});

test.run();
