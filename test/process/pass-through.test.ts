import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runPassThrough } from '../../src/process/pass-through.ts';
import { namespace, task } from '../../src/runner/define.ts';
import { runTree } from '../runner/run-sample.ts';

/** A tree whose task runs a shell line, and what else ran. */
function shellTree(config: Readonly<Record<string, unknown>> = {}) {
  const ran: string[] = [];
  const tree = namespace({
    doc: '',
    config,
    tasks: {
      sh: task({
        doc: '',
        params: { line: { type: 'string', positional: true } },
        run: async ({ line }, context) => {
          await runPassThrough({ argv: ['sh', '-c', line] }, context);
          ran.push('sh');
        },
      }),
      next: task({
        doc: '',
        params: {},
        run: async () => {
          ran.push('next');
        },
      }),
      broken: task({
        doc: '',
        params: {},
        run: async () => {
          throw new Error('no child');
        },
      }),
    },
  });
  return { tree, ran };
}

const both = 'echo out; echo err >&2';

test('output passes through, each stream to its own, and --hide keeps it away', async () => {
  const { tree } = shellTree();
  const seen = async (...flags: string[]): Promise<string[]> => {
    const { stdout, stderr } = await runTree(tree, ...flags, 'sh', both);
    return [stdout, stderr];
  };
  assert.equal(await seen(), ['out\n', 'err\n']);
  assert.equal(await seen('--hide', 'out'), ['', 'err\n']);
  assert.equal(await seen('--hide=stderr'), ['out\n', '']);
  assert.equal(await seen('--hide=both'), ['', '']);
  assert.equal(await seen('--echo'), [`sh -c '${both}'\nout\n`, 'err\n']);
  assert.equal(await seen('--dry'), [`sh -c '${both}'\n`, '']);
});

test("a failing child ends the line with its code, and says what was hidden; with --warn-only it doesn't", async () => {
  const failing = [`${both}; exit 7`, 'next'] as const;
  const plain = shellTree();
  const displayed = await runTree(plain.tree, 'sh', ...failing);
  assert.equal([displayed.exit, plain.ran], [7, []]);
  assert.not.match(displayed.stderr, /\| err/, 'what was seen is not said again');
  assert.match((await runTree(plain.tree, '--hide=both', 'sh', ...failing)).stderr, /\| out\n {2}\| err/);
  const warned = shellTree();
  const run = await runTree(warned.tree, '-w', 'sh', ...failing);
  assert.equal([run.exit, warned.ran], [0, ['sh', 'next']]);
  assert.match(run.stderr, /warning: .*exit code 7/);
  assert.is((await runTree(shellTree().tree, '-w', 'broken', 'next')).exit, 1, 'only children may fail');
});

test('--command-timeout ends a child, also under --warn-only', async () => {
  const { tree, ran } = shellTree();
  const run = await runTree(tree, '-w', '-T', '1', 'sh', 'sleep 1000', 'next');
  assert.equal([run.exit, ran], [1, []]);
  assert.match(run.stderr, /timed out/);
});

test('--pty gives a child a terminal of its own, and its exit code stays', async () => {
  const { tree } = shellTree();
  assert.is((await runTree(tree, 'sh', 'test -t 1 && echo yes || echo no')).stdout, 'no\n');
  assert.match((await runTree(tree, '-p', 'sh', 'test -t 1 && echo yes || echo no')).stdout, /^yes\r?\n/);
  assert.is((await runTree(tree, '-p', 'sh', 'echo "it\'s"; exit 9')).exit, 9);
});

test('settings: of the tree, over them those of --config, over them the line', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tasks-config-'));
  const file = join(folder, 'settings.json');
  await writeFile(file, '{"run": {"echo": true}}');
  const line = ['sh', 'echo hi', 'sh', 'echo hi'];
  assert.is((await runTree(shellTree({ run: { hide: 'both' } }).tree, ...line)).stdout, '');
  assert.is((await runTree(shellTree({ tasks: { dedupe: false } }).tree, ...line)).stdout, 'hi\nhi\n');
  assert.is((await runTree(shellTree().tree, '-f', file, ...line)).stdout, "sh -c 'echo hi'\nhi\n");
  await writeFile(file, '{"timeouts": {/* seconds */ "command": 0.2}}');
  assert.is((await runTree(shellTree().tree, '-f', file, 'sh', 'sleep 1000')).exit, 1);
  assert.is((await runTree(shellTree().tree, '-f', file, '-T', '900', 'sh', 'sleep 0.4')).exit, 0);
  const lost = await runTree(shellTree().tree, '-f', join(folder, 'nope.json'), 'next');
  assert.is(lost.exit, 0);
  assert.match(lost.stderr, /warning: --config .*nope\.json: there is no such file/);
  await writeFile(file, '{"run":\n {"echo": tru}}');
  const bad = await runTree(shellTree().tree, '-f', file, 'next');
  assert.is(bad.exit, 2);
  assert.match(bad.stderr, /settings\.json, line 2/);
  const wrong = await runTree(shellTree({ run: { echo: 'yes' } }).tree, 'next');
  assert.match(wrong.stderr, /The setting run\.echo is true or false, not "yes"/);
  await rm(folder, { recursive: true });
});

test.run();
