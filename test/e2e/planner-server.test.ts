import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { root, run, type Sandbox, sandbox } from '../support/run.ts';

const program = join(root, 'dist', 'tasks.js');

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  server.close();
  await once(server, 'close');
  return port;
}

interface Place {
  readonly box: Sandbox;
  readonly port: number;
  readonly tasks: (...argv: readonly string[]) => ReturnType<typeof run>;
}

async function withPlace(body: (place: Place) => Promise<void>): Promise<void> {
  const box = await sandbox();
  const port = await freePort();
  const env = { ...box.env, PLANNER_HOST: '127.0.0.1', PLANNER_PORT: String(port), XDG_STATE_HOME: '' };
  const tasks = async (...argv: readonly string[]) => await run(argv, { cwd: box.cwd, env });
  try {
    await body({ box, port, tasks });
  } finally {
    await tasks('planner.stop');
    await box.remove();
  }
}

function resultOf(stdout: string): Record<string, unknown> {
  const lines = stdout
    .trim()
    .split('\n')
    .map((line): Record<string, unknown> => JSON.parse(line));
  return lines.at(-1) ?? {};
}

test('with nothing installed: start in the background, invoke, draw, stop', async () => {
  await withPlace(async ({ tasks, box, port }) => {
    const started = await tasks('planner.start', '--background');
    assert.is(started.exit, 0, started.stderr);
    assert.match(started.stdout, new RegExp(`The planner listens on 127\\.0\\.0\\.1:${port}: process \\d+`));
    const invoked = await tasks('invoke', 'demo', 'fanout', '--input=6,20', '--asynch', '--graph');
    assert.is(invoked.exit, 0, invoked.stderr);
    assert.is((await tasks('invoke.status', '--wait')).exit, 0);
    const graph = await tasks('invoke.exec-graph');
    assert.is(graph.exit, 0, graph.stderr);
    assert.match(graph.stdout, /demo\/fanout[\s\S]*demo\/sleep/);
    const hello = await tasks('invoke', 'demo', 'hello');
    assert.match(hello.stdout, /Hello Faasm!/);
    const failing = await tasks('invoke', 'demo', 'exit', '--input=9');
    assert.is.not(failing.exit, 0);

    const again = await tasks('planner.start', '--background');
    assert.is(again.exit, 1);
    assert.match(again.stderr, new RegExp(`A planner runs on 127\\.0\\.0\\.1:${port} already: process \\d+`));

    const stopped = await tasks('planner.stop');
    assert.match(stopped.stdout, /Stopped the planner/);
    const none = await tasks('planner.stop');
    assert.is(none.exit, 0);
    assert.match(none.stdout, /No planner of yours runs on/);
    assert.equal(await box.leftovers(), []);
  });
});

test('killed without warning, it can be started again', async () => {
  await withPlace(async ({ tasks }) => {
    const first = resultOf((await tasks('planner.start', '--background', '--json')).stdout);
    const pid = Number(first['pid']);
    assert.ok(pid > 0);
    process.kill(pid, 'SIGKILL');
    const second = await tasks('planner.start', '--background', '--json', '--hosts=1', '--slots=1');
    assert.is(second.exit, 0, second.stdout + second.stderr);
    assert.is.not(resultOf(second.stdout)['pid'], pid);
    assert.match((await tasks('invoke', 'demo', 'chain')).stdout, /fibonacci=55/);
  });
});

test('in the foreground until Ctrl-C, which is a good end', async () => {
  const box = await sandbox();
  const port = await freePort();
  const child = spawn(process.execPath, [program, 'planner.start', `--planner-port=${port}`], {
    cwd: box.cwd,
    env: { ...process.env, ...box.env, XDG_STATE_HOME: '', PLANNER_HOST: '', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      if (text === '') child.kill('SIGINT');
      text += more;
    });
    const [exit] = await once(child, 'close');
    assert.is(exit, 0);
    assert.match(text, /listens on 127\.0\.0\.1:\d+: 2 hosts with 4 slots\. Ctrl-C stops it\./);
    assert.match(text, new RegExp(`tasks invoke\\.exec-graph --planner-port=${port}`));
    assert.match(text, /The planner has stopped\n$/);
  } finally {
    child.kill('SIGKILL');
    await box.remove();
  }
});

test('a port that is taken: by what', async () => {
  const http = createHttpServer((_request, response) => {
    response.writeHead(200, { Server: 'nginx/1.25' }).end('hello');
  });
  const planner = createHttpServer((_request, response) => {
    response.end('{"ip":"10.0.0.1","hostTimeout":5,"numThreadsHttpServer":4}');
  });
  const other = createServer((socket) => socket.end('220 mail\r\n'));
  for (const [server, words] of [
    [http, 'another HTTP server (nginx/1.25)'],
    [planner, 'a planner that planner.start did not start'],
    [other, 'a program that does not speak HTTP'],
  ] as const) {
    const port = await listening(server);
    const box = await sandbox();
    try {
      const env = { ...box.env, PLANNER_HOST: '127.0.0.1', XDG_STATE_HOME: '' };
      for (const mode of [[], ['--background']]) {
        const argv = ['planner.start', `--planner-port=${port}`, ...mode];
        const { exit, stderr } = await run(argv, { cwd: box.cwd, env });
        assert.is(exit, 1);
        assert.ok(stderr.includes(`127.0.0.1:${port} is taken by ${words}`), stderr);
      }
    } finally {
      server.close();
      await box.remove();
    }
  }
});

test('refused: addresses that others can reach, too many threads; shown: what --dry would do', async () => {
  await withPlace(async ({ tasks, port }) => {
    const open = await tasks('planner.start', '--planner-host=0.0.0.0');
    assert.is(open.exit, 2);
    assert.match(
      open.stderr,
      /does not listen on 0\.0\.0\.0: it runs functions for everybody who can reach it/,
    );
    const many = await tasks('planner.start', '--hosts=64', '--slots=64');
    assert.is(many.exit, 2);
    assert.match(many.stderr, /64 hosts with 64 slots are 4096 threads: at most 256/);
    const dry = await tasks('planner.start', '--background', '--dry');
    assert.match(
      dry.stdout,
      new RegExp(`planner\\.start --planner-host=127\\.0\\.0\\.1 --planner-port=${port}`),
    );
    assert.match((await tasks('planner.stop')).stdout, /No planner of yours runs/);
  });
});

test.run();
