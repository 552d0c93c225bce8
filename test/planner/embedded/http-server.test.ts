import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isForeignPage, isLoopback } from '../../../src/planner/embedded/http-server.ts';
import { testPlanner } from './test-planner.ts';
import { workerFunctions } from './worker-functions.ts';

const planner = await testPlanner(workerFunctions);
test.after(async () => await planner.close());

const config = '{"http_type":"GET_CONFIG"}';

/** What comes back for raw bytes until the connection ends. */
async function raw(bytes: string): Promise<string> {
  const socket = connect(planner.planner.port, '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  socket.on('error', () => undefined);
  socket.end(bytes);
  await once(socket, 'close');
  return text;
}

test('headers are those of a planner, the connection stays', async () => {
  const text = await raw(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${config.length}\r\n\r\n${config}`);
  assert.is(
    text,
    [
      'HTTP/1.1 200 OK',
      'Server: Planner endpoint',
      'Access-Control-Allow-Origin: *',
      'Access-Control-Allow-Methods: GET,POST,PUT,OPTIONS',
      'Access-Control-Allow-Headers: User-Agent,Content-Type',
      'Content-Type: text/plain',
      'Content-Length: 59',
      '',
      '{"ip":"127.0.0.1","hostTimeout":5,"numThreadsHttpServer":4}',
    ].join('\r\n'),
  );
});

test('method, path and content type do not count; an empty body is no request', async () => {
  assert.is((await planner.send(config, { method: 'PATCH' })).status, 200);
  for (const method of ['GET', 'OPTIONS', 'POST']) {
    const { status, body } = await planner.send('', { method });
    assert.is(`${status} ${body}`, '400 Empty request', method);
  }
});

test('pages from elsewhere are refused, local ones and programs are not', async () => {
  for (const origin of ['https://example.org', 'http://127.0.0.1.example.org', 'null', 'file://']) {
    assert.is((await planner.send(config, { headers: { origin } })).status, 403, origin);
  }
  for (const origin of ['http://localhost:3000', 'http://127.0.0.1', 'http://[::1]:8080']) {
    assert.is((await planner.send(config, { headers: { origin } })).status, 200, origin);
  }
});

test('a body cut at any byte, and one that is no text, is an answer', async () => {
  const message = { id: 1, appId: 1, user: 'demo', function: 'hello', input_data: 'eA==' };
  const payload = JSON.stringify({ appId: 1, user: 'demo', function: 'hello', messages: [message] });
  const whole = JSON.stringify({ http_type: 10, payload });
  for (let end = 1; end < whole.length; end++) {
    const { status, body } = await planner.send(whole.slice(0, end));
    assert.is(`${status} ${body}`, '400 Bad JSON in request body');
  }
  for (let end = 0; end < payload.length; end++) {
    const { status, body } = await planner.ask(10, payload.slice(0, end));
    assert.is(`${status} ${body}`, "400 Bad JSON in body's payload");
  }
  assert.is((await planner.send(Buffer.from([0xff, 0xfe, 0x22]))).body, 'Bad JSON in request body');
  for (const body of ['[]', 'null', '1', '"x"', '{"http_type":1.5}', '{"http_type":"CONFIG"}']) {
    assert.is((await planner.send(body)).body, 'Bad JSON in request body', body);
  }
  for (const type of [0, 9, 16, -1]) {
    assert.is((await planner.ask(type)).body, 'Unrecognised message type');
  }
});

test('bodies have a limit, and half a request harms nobody', async () => {
  const { status } = await planner.send(Buffer.alloc(65 * 1024 * 1024, 32)).catch(() => ({ status: 413 }));
  assert.is(status, 413);
  await raw('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"http');
  assert.match(await raw('no HTTP at all\r\n\r\n'), /^HTTP\/1\.1 400/);
  assert.is((await planner.send(config)).status, 200);
  assert.equal(planner.log, []);
});

test('which addresses are this machine alone', () => {
  for (const host of ['localhost', 'LOCALHOST', '127.0.0.1', '127.255.0.9', '::1', '[::1]']) {
    assert.ok(isLoopback(host), host);
  }
  for (const host of ['0.0.0.0', '::', '', '127.0.0.1.example.org', '1270.0.1', '127.0.0.256', '10.0.0.1']) {
    assert.not.ok(isLoopback(host), host);
  }
  assert.not.ok(isForeignPage(undefined));
  assert.ok(isForeignPage('nonsense'));
});

test('any other address is refused before anything listens', async () => {
  try {
    await testPlanner({}, { host: '0.0.0.0' });
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), /does not listen on 0\.0\.0\.0: it runs functions for everybody/);
  }
});

test.run();
