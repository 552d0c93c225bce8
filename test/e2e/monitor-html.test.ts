import { createServer } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noPcp, type PcpPlace, pcpPlace } from '../support/pcp.ts';
import { run } from '../support/run.ts';
import { unless } from '../support/unless.ts';

const test = suite('monitor --html');
const withPcp = unless(noPcp, test);
let place: PcpPlace;

test.before(async () => {
  if (noPcp === undefined) place = await pcpPlace();
});
test.after(async () => {
  if (noPcp === undefined) await place.close();
});

withPcp('serves the page and its samples until Ctrl-C; --json says where', async () => {
  let page: Promise<{ readonly html: string; readonly events: string }> | undefined;
  const done = await run(['monitor', '--html', '--json', '--interval=100ms', `--host=${place.host}`], {
    onOutput: (text, pid) => {
      const url = /^\{"event":"page","url":"([^"]+)"\}$/m.exec(text)?.[1];
      if (url === undefined || page !== undefined) return;
      page = read(url).finally(() => process.kill(pid, 'SIGINT'));
    },
  });
  const { html = '', events = '' } = (await page) ?? {};
  assert.is(done.exit, 130, done.stdout + done.stderr);
  assert.match(html, /^<!DOCTYPE html>/);
  assert.not.match(html, /https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
  const samples: { t: number; v: (number | null)[] }[] = JSON.parse(
    /^data: (\[.*\])$/m.exec(events)?.[1] ?? '[]',
  );
  assert.ok((samples[0]?.v.filter((value) => value !== null).length ?? 0) > 5, events);
});

/** The page, and its stream up to the first sample. */
async function read(url: string): Promise<{ readonly html: string; readonly events: string }> {
  const html = await (await fetch(url)).text();
  const stream = await fetch(`${url}events`);
  let events = '';
  const decoder = new TextDecoder();
  for await (const bytes of stream.body ?? []) {
    events += decoder.decode(bytes, { stream: true });
    if (/^data: \[.*\]$/m.test(events)) break;
  }
  return { html, events };
}

withPcp('with --during and --count it ends by itself; a taken port; flags that need the page', async () => {
  const during = await run([
    'monitor',
    '--html',
    '--quiet',
    `--host=${place.host}`,
    '--interval=100ms',
    '--during',
    'sh -c "exit 7"',
  ]);
  assert.is(during.exit, 7, during.stderr);
  assert.match(during.stdout, /^http:\/\/127\.0\.0\.1:\d+\/$/m);
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const address = other.address();
  assert.ok(typeof address === 'object' && address !== null);
  const { port } = address;
  const taken = await run(['monitor', '--html', `--port=${port}`, `--host=${place.host}`]);
  other.close();
  assert.is(taken.exit, 1);
  assert.match(taken.stderr, `Could not serve the page on port ${port}: another program has it`);
  assert.is((await run(['monitor', '--port=8090'])).exit, 2);
  assert.match(
    (await run(['monitor', '--open'])).stderr,
    /--open has no effect without --html[\s\S]*Add --html/,
  );
});

test.run();
