import { createServer, get } from 'node:http';
import type { Server } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noPcp, type PcpPlace, pcpPlace } from '../support/pcp.ts';
import { type Outcome, run, sandbox } from '../support/run.ts';
import { unless } from '../support/unless.ts';

const test = suite('monitor.check');
const withPcp = unless(noPcp, test);
let place: PcpPlace;

test.before(async () => {
  if (noPcp === undefined) place = await pcpPlace();
});
test.after(async () => {
  if (noPcp === undefined) await place.close();
});

function portOf(server: Server): number {
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}

interface Line {
  readonly id: string;
  readonly state: string;
  readonly found: string;
  readonly fix?: string;
}

async function check(
  host: string,
  ...more: string[]
): Promise<Outcome & { readonly lines: ReadonlyMap<string, Line> }> {
  const box = await sandbox();
  const done = await run(['monitor.check', `--host=${host}`, '--json', ...more], {
    ...box,
    env: { ...box.env, PMCD_PORT: String(place.pmcdPort) },
  });
  await box.remove();
  const [first = '{}'] = done.stdout.split('\n');
  const { checks = [] }: { checks?: Line[] } = JSON.parse(first);
  return { ...done, lines: new Map(checks.map((line) => [line.id, line])) };
}

withPcp('all well: versions, every kind of metric, what Vector is to be told', async () => {
  const done = await check(place.host);
  assert.is(done.exit, 0, done.stdout);
  assert.ok([...done.lines.values()].every(({ state }) => state === 'ok'));
  assert.match(
    done.lines.get('pmproxy')?.found ?? '',
    new RegExp(`^\\d+\\.\\d+\\.\\d+ at http://${place.host}$`),
  );
  assert.is(done.lines.get('metrics')?.found, 'CPU, Load, Memory, Disk, Network, Processes');
  assert.match(
    done.lines.get('vector')?.found ?? '',
    `add the host 127.0.0.1 with port ${place.pmproxyPort}`,
  );
  const text = await run(['monitor.check', `--host=${place.host}`]);
  assert.match(text.stdout, /^monitor ready\n/);
});

withPcp('pmproxy without pmcd; pmcd without pmproxy; both again', async () => {
  await place.stopPmcd();
  const noPmcd = await check(place.host);
  assert.is(noPmcd.exit, 3);
  assert.is(noPmcd.lines.get('pmproxy')?.state, 'ok');
  assert.is(noPmcd.lines.get('pmcd')?.state, 'missing');
  assert.match(noPmcd.lines.get('pmcd')?.fix ?? '', /pmcd start$|start pmcd$/);
  assert.is(noPmcd.lines.get('metrics')?.state, 'missing');
  assert.match(noPmcd.stdout, /"exitCode":3/);

  await place.startPmcd();
  await place.stopPmproxy();
  const noProxy = await check(place.host);
  assert.is(noProxy.exit, 3);
  assert.is(noProxy.lines.get('pmcd')?.found, `answers at 127.0.0.1:${place.pmcdPort}`);
  assert.match(noProxy.lines.get('pmproxy')?.found ?? '', /connection refused$/);
  await place.startPmproxy();
  assert.is((await check(place.host)).exit, 0);
});

withPcp('something else answers there', async () => {
  const other = createServer((_, response) => response.setHeader('server', 'nginx').end('<html>hello'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const port = portOf(other);
  const done = await check(`127.0.0.1:${port}`);
  other.close();
  assert.is(done.exit, 3);
  assert.match(done.lines.get('pmproxy')?.found ?? '', /is another HTTP server \(nginx\)$/);
  assert.match(done.lines.get('pmproxy')?.fix ?? '', `sport = :${port}`);
});

withPcp('a proxy in front that takes the header away, or allows one origin', async () => {
  for (const [origin, words] of [
    [undefined, /sends no Access-Control-Allow-Origin/],
    ['https://example.org', /allows https:\/\/example\.org only/],
  ] as const) {
    const front = createServer((request, response) => {
      // Asked anew each time: pmproxy ends a connection after a question that it does not understand.
      get(`http://${place.host}${request.url}`, { agent: false }, (answer) => {
        if (origin !== undefined) response.setHeader('access-control-allow-origin', origin);
        response.writeHead(answer.statusCode ?? 500);
        answer.pipe(response);
      });
    });
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    const port = portOf(front);
    const done = await check(`127.0.0.1:${port}`);
    front.close();
    front.closeAllConnections();
    assert.is(done.exit, 3, done.stdout);
    assert.is(done.lines.get('metrics')?.state, 'ok');
    assert.is(done.lines.get('vector')?.state, 'broken');
    assert.match(done.lines.get('vector')?.found ?? '', words);
  }
});

withPcp('another host: nothing of this machine is looked at, commands say where', async () => {
  // A name that never exists (RFC 2606).
  const done = await check('nowhere.invalid');
  assert.is(done.exit, 3);
  assert.not.ok(done.lines.has('pcp') || done.lines.has('name-space'));
  assert.match(done.lines.get('pmproxy')?.fix ?? '', /^on nowhere\.invalid: sudo .*pmproxy/);
  assert.is((await check('not a host')).exit, 2);
  assert.is((await check(place.host, '--dry')).exit, 0);
});

test.run();
