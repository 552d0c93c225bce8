import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Outcome, root, run, type Sandbox, sandbox } from '../support/run.ts';

// No Docker engine can run where these tests do: a small program stands in for its client (test/programs/fake-docker.mjs).

/** A sandbox whose `docker` is the stand-in, and nobody else's. */
async function withDocker(): Promise<{
  readonly box: Sandbox;
  vector(...words: string[]): Promise<Outcome>;
  asked(): Promise<string[][]>;
}> {
  const box = await sandbox();
  const folder = box.file('docker');
  await mkdir(join(folder, 'bin'), { recursive: true });
  await copyFile(join(root, 'test/programs/fake-docker.mjs'), join(folder, 'bin', 'docker'));
  await symlink(process.execPath, join(folder, 'bin', 'node'));
  const env = { ...box.env, PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, FAKE_DOCKER: folder };
  return {
    box,
    vector: async (...words) => await run(['monitor.vector', ...words], { cwd: box.cwd, env }),
    asked: async () =>
      (await readFile(join(folder, 'argv'), 'utf8'))
        .trim()
        .split('\n')
        .map((line): string[] => JSON.parse(line)),
  };
}

test("the package's own compose file: starts, waits for the page, says what to add; stops", async () => {
  const { box, vector, asked } = await withDocker();
  const done = await vector('--json', '--host=127.0.0.1:1');
  assert.is(done.exit, 0, done.stdout + done.stderr);
  const lines: { event: string; url?: string; port?: number; metricsAnswer?: boolean; message?: string }[] =
    done.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const result = lines.find(({ event }) => event === 'result');
  assert.match(result?.url ?? '', /^http:\/\/localhost:\d+\/$/);
  assert.is(await (await fetch(result?.url ?? '')).text(), 'Vector');
  assert.is(result?.port, 1);
  assert.is(result?.metricsAnswer, false);
  assert.match(
    lines.find(({ event }) => event === 'warning')?.message ?? '',
    'no metrics from http://127.0.0.1:1',
  );
  const up = (await asked()).find((words) => words.includes('up')) ?? [];
  assert.equal(up.slice(-3), ['up', '-d', 'vector']);
  assert.match(up.join(' '), /^compose -p faasm-tasks -f \S+\/vector-compose\.yml /);

  const stopped = await vector('--stop');
  assert.is(stopped.exit, 0, stopped.stderr);
  assert.match(stopped.stdout, /^Vector has stopped$/m);
  assert.is(
    await fetch(result?.url ?? '').then(
      () => 'answers',
      () => 'gone',
    ),
    'gone',
  );
  await box.remove();
});

test("the checkout's compose file, where it has Vector; else the next one", async () => {
  const { box, vector, asked } = await withDocker();
  await writeFile(box.file('CMakeLists.txt'), 'project(faasm)\n');
  await writeFile(box.file('docker-compose-dev.yml'), 'services:\n  redis:\n    image: redis\n');
  await writeFile(box.file('docker-compose.yml'), 'services:\n  vector:\n    image: netflixoss/vector\n');
  const plan = await vector('--dry', '--port=8080');
  assert.is(plan.exit, 0, plan.stderr);
  assert.match(plan.stdout, `docker compose -f ${box.file('docker-compose.yml')} up -d vector`);
  assert.match(plan.stderr, /--port is not heeded/);
  assert.not.ok((await asked()).some((words) => words.includes('up')));
  await box.remove();
});

test('no answer: says so, and what to do; no engine, no Docker: the page instead', async () => {
  const { box, vector } = await withDocker();
  await writeFile(join(box.file('docker'), 'bin', 'docker'), '#!/bin/sh\nexit 0\n');
  const silent = await vector('--wait=1');
  assert.is(silent.exit, 3);
  assert.match(silent.stderr, /does not answer after 1 s: its port is not published/);
  assert.match(silent.stderr, /docker compose .* logs vector\n.*monitor\.vector --stop/);

  await copyFile(join(root, 'test/programs/fake-docker.mjs'), join(box.file('docker'), 'bin', 'docker'));
  await writeFile(join(box.file('docker'), 'no-engine'), '');
  const noEngine = await vector();
  assert.is(noEngine.exit, 3);
  assert.match(
    noEngine.stderr,
    /engine does not answer: Cannot connect to the Docker daemon\n.*tasks monitor --html --open/,
  );

  await mkdir(box.file('empty'));
  const none = await run(['monitor.vector'], { cwd: box.cwd, env: { ...box.env, PATH: box.file('empty') } });
  assert.is(none.exit, 3);
  assert.match(none.stderr, /Docker is not installed\n.*tasks monitor --html --open/);
  await box.remove();
});

test.run();
