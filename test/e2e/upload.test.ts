import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { clusterSandbox, type PlannerPlace } from '../support/planner-place.ts';
import { type CannedAnswer, recordingServer } from '../support/recording-server.ts';

// `upload` and `state` against a server that keeps what it is sent.

const test = suite<{ place: PlannerPlace }>('upload');
test.before.each(async (context) => {
  context.place = await clusterSandbox();
});
test.after.each(async ({ place }) => await place.close());

async function withServer(
  answer: CannedAnswer,
  use: (port: number, requests: readonly { method: string; path: string; body: string }[]) => Promise<void>,
): Promise<void> {
  const server = await recordingServer(() => answer);
  try {
    await use(server.port, server.requests);
  } finally {
    await server.close();
  }
}

test('a big file arrives whole', async ({ place: { box, tasks } }) => {
  const text = 'wasm and more\n'.repeat(400_000);
  await writeFile(box.file('f.wasm'), text);
  await withServer({ status: 200, text: 'ok' }, async (port, requests) => {
    const done = await tasks(
      'upload',
      'demo',
      'ec ho',
      'f.wasm',
      `--upload-port=${port}`,
      '--json',
      '--quiet',
    );
    assert.is(done.exit, 0, done.stderr);
    assert.is(JSON.parse(done.stdout).uploads[0].sizeBytes, text.length);
    assert.is(requests[0]?.path, '/f/demo/ec%20ho');
    assert.ok(requests[0]?.body === text);
  });
});

test('a refusal is a failure, in the words of the server', async ({ place: { box, tasks } }) => {
  await writeFile(box.file('f.wasm'), 'x');
  await withServer({ status: 500, text: 'not WebAssembly' }, async (port) => {
    const done = await tasks('upload', 'demo', 'echo', 'f.wasm', `--upload-port=${port}`);
    assert.is(done.exit, 1);
    assert.match(done.stderr, /answered HTTP 500\n {2}\| not WebAssembly/);
    const state = await tasks('state.download', 'demo', 'key', 'f.wasm', `--upload-port=${port}`);
    assert.is(state.exit, 1);
    assert.is(await readFile(box.file('f.wasm'), 'utf8'), 'x');
  });
});

test('no server: what to set', async ({ place: { box, tasks, port } }) => {
  await writeFile(box.file('f.wasm'), 'x');
  const done = await tasks('upload', 'demo', 'echo', 'f.wasm', `--upload-port=${port}`);
  assert.is(done.exit, 1);
  assert.match(done.stderr, /nobody listens there\n.*UPLOAD_HOST and UPLOAD_PORT/);
});

test('a value comes back as it went', async ({ place: { box, tasks } }) => {
  await withServer({ status: 200, text: 'a value\n' }, async (port, requests) => {
    const done = await tasks('state.download', 'demo', 'key', 'out.bin', `--upload-port=${port}`);
    assert.is(done.exit, 0, done.stderr);
    assert.equal([requests[0]?.method, requests[0]?.path], ['GET', '/s/demo/key']);
    assert.is(await readFile(box.file('out.bin'), 'utf8'), 'a value\n');
  });
});

test('all functions of a folder, or of a user; on this machine with --local-copy', async ({ place }) => {
  const { box, tasks, env } = place;
  await mkdir(box.file('mine/one'), { recursive: true });
  await writeFile(box.file('mine/one/function.wasm'), 'one');
  await writeFile(box.file('mine/two.wasm'), 'two');
  const dry = await tasks('upload.user', 'mine', '--dry');
  assert.is(
    dry.stdout,
    [
      'curl -X PUT http://127.0.0.1:8002/f/mine/one -T mine/one/function.wasm',
      'curl -X PUT http://127.0.0.1:8002/f/mine/two -T mine/two.wasm',
      '',
    ].join('\n'),
  );
  assert.is((await tasks('upload.user', 'mine', '--local-copy')).exit, 0);
  const local = join(env['FAASM_LOCAL_DIR'] ?? '', 'wasm', 'mine', 'two', 'function.wasm');
  assert.is(await readFile(local, 'utf8'), 'two');
  assert.match((await tasks('upload.user', 'demo', '--dry')).stdout, /\/f\/demo\/echo -T /);
  const none = await tasks('upload.user', 'nobody');
  assert.is(none.exit, 1);
  assert.match(none.stderr, /There are no functions of nobody/);
});

test.run();
