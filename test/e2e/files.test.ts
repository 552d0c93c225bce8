import { readFile, writeFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { no, ok, type ReplayServer, replayServer } from '../support/replay-server.ts';
import { run, type Sandbox, sandbox } from '../support/run.ts';

// `files` against a server on loopback.

const test = suite<{ box: Sandbox }>('files');
test.before.each(async (context) => {
  context.box = await sandbox();
});
test.after.each(async ({ box }) => await box.remove());

async function withServer(
  answer: Parameters<typeof replayServer>[0],
  box: Sandbox,
  use: (server: ReplayServer, tasks: (...words: string[]) => ReturnType<typeof run>) => Promise<void>,
): Promise<void> {
  const server = await replayServer(answer);
  const env = { ...box.env, UPLOAD_HOST: '127.0.0.1', UPLOAD_PORT: String(server.port) };
  try {
    await use(server, async (...words) => await run(words, { cwd: box.cwd, env }));
  } finally {
    await server.close();
  }
}

test('a file goes up under its shared path', async ({ box }) => {
  await writeFile(box.file('a b.txt'), 'content');
  await withServer(
    () => ok('done'),
    box,
    async ({ received }, tasks) => {
      const { exit, stdout, stderr } = await tasks('files', 'a b.txt', 'shared/a b.txt');
      assert.is(exit, 0, stderr);
      assert.match(stdout, /^a b\.txt is shared as shared\/a b\.txt \(7 bytes\)$/m);
      const [request] = received;
      assert.equal([request?.method, request?.url, request?.body], ['PUT', '/file/', 'content']);
      assert.is(request?.headers['filepath'], 'shared/a b.txt');
    },
  );
});

test('a shared file comes down whole, or the old one stays', async ({ box }) => {
  await writeFile(box.file('out.txt'), 'old');
  const answers = [ok('content'), no(500, 'no such file'), { half: 'half of it' }] as const;
  await withServer(
    (_request, index) => answers[index] ?? 'drop',
    box,
    async ({ received }, tasks) => {
      const done = await tasks(
        'files.download',
        '--shared-path',
        's',
        '--out-path',
        'out.txt',
        '--json',
        '--quiet',
      );
      assert.is(JSON.parse(done.stdout).sizeBytes, 7, done.stderr);
      assert.equal([received[0]?.method, received[0]?.headers['filepath']], ['GET', 's']);
      for (const words of [/HTTP 500\n +\| no such file/, /the connection was cut/]) {
        const failed = await tasks('files.download', 's', 'out.txt');
        assert.is(failed.exit, 1);
        assert.match(failed.stderr, words);
        assert.is(await readFile(box.file('out.txt'), 'utf8'), 'content');
      }
    },
  );
});

test('--dry: the curl line; a path that is no header is refused', async ({ box }) => {
  const env = { ...box.env, UPLOAD_HOST: undefined, UPLOAD_PORT: undefined };
  const missing = await run(['files.upload', 'a.txt', 'shared/a.txt', '--dry'], { cwd: box.cwd, env });
  assert.is(missing.exit, 1);
  assert.match(missing.stderr, /there is no .*a\.txt/);
  await writeFile(box.file('a.txt'), '');
  const dry = await run(['files.upload', 'a.txt', 'shared/a.txt', '--dry'], { cwd: box.cwd, env });
  const line = "curl -X PUT http://127.0.0.1:8002/file/ -T a.txt -H 'FilePath: shared/a.txt'\n";
  assert.is(dry.stdout, line);
  const bad = await run(['files.upload', 'a.txt', 'a\nX-Evil: 1'], { cwd: box.cwd, env });
  assert.is(bad.exit, 2);
});

test.run();
