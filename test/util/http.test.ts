import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Interrupted } from '../../src/util/errors.ts';
import { askHttp, HttpError, type HttpRequest, openHttp } from '../../src/util/http.ts';

// One exchange against servers that say exactly these bytes. The planner's tests have further hostile servers.

const test = suite('http');
const head = 'HTTP/1.1 200 OK\r\nServer: test\r\n';

async function against(
  answer: string | ((socket: Socket) => void),
  use: (ask: (more?: Partial<HttpRequest>) => HttpRequest) => Promise<void>,
): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.once('data', () => (typeof answer === 'string' ? socket.end(answer) : answer(socket)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const signal = new AbortController().signal;
  try {
    await use((more = {}) => ({ method: 'GET', url: `http://127.0.0.1:${port}/`, signal, ...more }));
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

async function troubleOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => assert.unreachable('it should fail'),
    (failure: unknown) => failure,
  );
  assert.instance(error, HttpError);
  return error instanceof HttpError ? error.trouble : '';
}

test('a whole answer, with its status and headers', async () => {
  await against(`${head}Content-Length: 4\r\n\r\nwell`, async (ask) => {
    const { status, headers, bytes } = await askHttp(ask());
    assert.equal([status, headers['server'], Buffer.from(bytes).toString()], [200, 'test', 'well']);
  });
});

test('more than is wanted: an error, or the beginning of it', async () => {
  await against(`${head}\r\n0123456789`, async (ask) => {
    assert.is(await troubleOf(askHttp(ask({ mostBytes: 4 }))), 'too-large');
    const { bytes } = await askHttp(ask({ mostBytes: 4, cut: true }));
    assert.is(Buffer.from(bytes).toString(), '0123');
  });
});

test('half an answer, an answer that is not HTTP, none, an endless one', async () => {
  await against(`${head}Content-Length: 40\r\n\r\nhalf`, async (ask) => {
    assert.is(await troubleOf(askHttp(ask())), 'cut');
  });
  await against('SSH-2.0-OpenSSH_9.2p1\r\n', async (ask) => {
    assert.is(await troubleOf(askHttp(ask())), 'not-http');
  });
  const silent = (): void => undefined;
  await against(silent, async (ask) => {
    assert.is(await troubleOf(askHttp(ask({ answerMs: 20 }))), 'no-answer');
    assert.is(await troubleOf(askHttp(ask({ totalMs: 20 }))), 'no-answer');
    const abort = new AbortController();
    const asked = askHttp(ask({ signal: abort.signal })).catch((error: unknown) => error);
    abort.abort();
    assert.instance(await asked, Interrupted);
  });
  const stalls = (socket: Socket): void => void socket.write(`${head}\r\nsome`);
  await against(stalls, async (ask) => {
    assert.is(await troubleOf(askHttp(ask({ idleMs: 20 }))), 'no-answer');
    assert.is(await troubleOf(askHttp(ask({ totalMs: 50 }))), 'no-answer');
  });
});

test('a server that refuses before it has taken everything is heard', async () => {
  async function* endless(): AsyncIterable<Uint8Array> {
    for (;;) yield Buffer.alloc(65_536);
  }
  const refusal = 'HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\n\r\nfull';
  await against(
    (socket) => void socket.write(refusal),
    async (ask) => {
      const body = { pieces: endless(), sizeBytes: 1e12 };
      const { status, pieces } = await openHttp(ask({ method: 'PUT', body }));
      let text = '';
      for await (const piece of pieces) text += Buffer.from(piece).toString();
      assert.equal([status, text], [413, 'full']);
    },
  );
});

test('nobody there, and no such host', async () => {
  let url = '';
  await against('', async (ask) => {
    url = ask().url;
  });
  const { signal } = new AbortController();
  assert.is(await troubleOf(askHttp({ method: 'GET', url, signal })), 'refused');
  const nowhere = 'http://no-such-host.invalid/';
  assert.is(await troubleOf(askHttp({ method: 'GET', url: nowhere, signal })), 'no-host');
});

test.run();
