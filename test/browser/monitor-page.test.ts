import { request } from 'node:http';
import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Chart } from '../../src/monitor/chart.ts';
import { pageData, pageSample } from '../../src/monitor/page-data.ts';
import { PageServer } from '../../src/steps/monitor/page-server.ts';
import { hostileNames } from '../flamegraph/hostile-names.ts';
import { noChromium } from '../support/machine.ts';
import { unless } from '../support/unless.ts';
import { Chromium } from './chromium.ts';

const test = suite('metrics in Chromium');
const inBrowser = unless(noChromium, test);
let browser: Chromium;

test.before(async () => {
  if (noChromium === undefined) browser = await Chromium.start();
});
test.after(async () => {
  if (noChromium === undefined) await browser[Symbol.asyncDispose]();
});
test.after.each(() => {
  assert.equal(browser.complaints.splice(0), []);
});

const charts: readonly Chart[] = [
  {
    title: 'CPU',
    quantity: 'percent',
    most: 100,
    lines: [
      { id: 'cpu.user', label: 'user' },
      { id: 'cpu.idle', label: 'idle' },
    ],
  },
  { title: 'Disk', quantity: 'bytes/s', most: undefined, lines: [{ id: 'disk', label: 'read' }] },
];
const start = 1_795_300_500_000;

/** A server with so many samples a second apart: user 0, 1, 2 … %, disk n KiB/s. */
async function served(count: number, host = 'worker-1'): Promise<PageServer> {
  const server = await PageServer.listen(pageData(host, 1000, charts), 0);
  for (let at = 0; at < count; at += 1) add(server, at);
  return server;
}

function add(server: PageServer, at: number, why?: string): void {
  const timeMs = start + at * 1000;
  const values: Record<string, number> =
    why === undefined ? { 'cpu.user': at, 'cpu.idle': 100 - at, disk: at * 1024 } : {};
  server.add(
    pageSample(charts, { timeMs, values }, why === undefined ? undefined : { sinceMs: timeMs, why }),
  );
}

/** Waits for a text. Not by `waitForFunction`, which the page's policy forbids to wait. */
async function says(page: Page, selector: string, text: string | RegExp): Promise<void> {
  const until = performance.now() + 120_000;
  for (;;) {
    const found = await page.locator(selector).first().textContent();
    if (typeof text === 'string' ? found === text : text.test(found ?? '')) return;
    if (performance.now() > until) assert.is(found, String(text));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

inBrowser('samples of before and of now; the page asks its own server only', async () => {
  const server = await served(3);
  const page = await browser.open('about:blank');
  const asked: string[] = [];
  page.on('request', (one) => asked.push(one.url()));
  await page.goto(server.url);
  await says(page, 'section:nth-child(1) li:nth-child(1) b', '2.00 %');
  add(server, 3);
  await says(page, 'section:nth-child(1) li:nth-child(1) b', '3.00 %');
  await says(page, 'section:nth-child(2) b', '3.00 KiB/s');
  await says(page, '#state', 'Live');
  assert.equal(asked, [server.url, `${server.url}events`]);
  assert.is(await page.title(), 'worker-1: metrics');
  const label = await page.locator('svg.plot').first().getAttribute('aria-label');
  assert.match(label ?? '', /^CPU at \d\d:\d\d:\d\d: user 3\.00 %, idle 97\.0 %$/);
  const blocked = `(() => { const made = document.createElement('script'); made.textContent = 'window.hacked = 1';
    document.body.append(made); return window.hacked ?? 'blocked'; })()`;
  assert.is(await page.evaluate(blocked), 'blocked');
  assert.match(browser.complaints.splice(0).join(), 'Content Security Policy');
  await server.close();
});

inBrowser('a host that goes away and comes back; the end', async () => {
  const server = await served(5);
  const page = await browser.open(server.url);
  await says(page, '#state', 'Live');
  add(server, 5, 'asking pmproxy: connection refused');
  await says(page, '#state', /^No answer since \d\d:\d\d:\d\d: asking pmproxy: connection refused$/);
  await says(page, 'section:nth-child(1) li:nth-child(1) b', '–');
  add(server, 6);
  await says(page, '#state', 'Live');
  // The line is broken where nothing is known.
  assert.is(((await page.locator('path.l0').nth(1).getAttribute('d')) ?? '').match(/M/g)?.length, 2);
  await server.close();
  await says(page, '#state', 'Ended: tasks monitor runs no more');
});

inBrowser('by keys alone: read values, choose the span, stop and go on, hide a line', async () => {
  const server = await served(120);
  const page = await browser.open(server.url);
  const user = 'section:nth-child(1) li:nth-child(1) b';
  await says(page, user, '119 %');
  const plot = page.locator('svg.plot').first();
  await plot.focus();
  for (const [key, value] of [
    ['ArrowLeft', '119 %'],
    ['ArrowLeft', '118 %'],
    ['ArrowLeft', '117 %'],
    ['ArrowRight', '118 %'],
    ['Home', '0 %'],
    ['End', '119 %'],
    ['ArrowLeft', '118 %'],
    ['Escape', '119 %'],
  ] as const) {
    await page.keyboard.press(key);
    await says(page, user, value);
  }
  // The last minute begins 60 samples before.
  await page.keyboard.press('1');
  await page.keyboard.press('Home');
  await says(page, user, '59.0 %');
  await page.keyboard.press('Escape');
  await page.keyboard.press('p');
  await says(page, '#state', /^Paused at /);
  assert.is(await page.locator('#pause').getAttribute('aria-pressed'), 'true');
  await page.keyboard.press('p');
  await says(page, '#state', 'Live');
  const button = page.locator('section:nth-child(1) li:nth-child(2) button');
  await button.focus();
  await page.keyboard.press('Enter');
  assert.is(await button.getAttribute('aria-pressed'), 'false');
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  assert.is(await page.locator('section:nth-child(1) .plot path').count(), 1);
  await server.close();
});

inBrowser('the pointer reads all charts at one moment', async () => {
  const server = await served(61);
  const page = await browser.open(server.url);
  await page.keyboard.press('1');
  const box = await page.locator('svg.plot').first().boundingBox();
  assert.ok(box !== null);
  await page.mouse.move(box.x + 78 + (box.width - 88) / 2, box.y + 60);
  await says(page, 'section:nth-child(1) li:nth-child(1) b', '30.0 %');
  await says(page, 'section:nth-child(2) b', '30.0 KiB/s');
  assert.is(await page.locator('.cursor').count(), 2);
  await page.mouse.move(5, 5);
  await says(page, 'section:nth-child(2) b', '60.0 KiB/s');
  await server.close();
});

inBrowser('light and dark; a narrow window does not scroll sideways', async () => {
  const server = await served(10);
  const colours = new Set<string>();
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.open(server.url, { colorScheme, viewport: { width: 360, height: 700 } });
    await says(page, '#state', 'Live');
    colours.add(await page.evaluate(`getComputedStyle(document.body).backgroundColor`));
    assert.ok(await page.evaluate(`document.documentElement.scrollWidth <= innerWidth`));
  }
  assert.is(colours.size, 2);
  await server.close();
});

inBrowser('names that would be markup stay text', async () => {
  const host = hostileNames.join(' ');
  const odd = hostileNames.map((label, at) => ({ id: String(at), label }));
  const server = await PageServer.listen(
    pageData(host, 1000, [{ title: host, quantity: 'count', most: undefined, lines: odd }]),
    0,
  );
  const page = await browser.open(server.url);
  await says(page, '#state', 'Waiting for the first sample');
  assert.is(await page.locator('li').count(), hostileNames.length);
  assert.is(await page.evaluate(`window.hacked ?? 'no'`), 'no');
  await server.close();
});

/** The status of an answer under a name and for an origin. */
async function status(
  server: PageServer,
  path: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<number> {
  return await new Promise((resolve, reject) => {
    const asked = request(new URL(path, server.url), { headers, method, agent: false }, (answer) => {
      resolve(answer.statusCode ?? 0);
      answer.destroy();
    });
    asked.on('error', reject).end();
  });
}

test('who may read: this name and origin only, and nobody writes', async () => {
  const server = await served(1);
  const { host, port } = new URL(server.url);
  for (const path of ['/', '/events']) {
    assert.is(await status(server, path, {}), 200);
    assert.is(await status(server, path, { host: `localhost:${port}` }), 200);
    assert.is(await status(server, path, { origin: `http://${host}` }), 200);
    for (const headers of [
      { host: 'evil.example' },
      { host: `evil.example:${port}` },
      { host: '127.0.0.1:1' },
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { origin: `https://${host}` },
    ])
      assert.is(await status(server, path, headers), 403, JSON.stringify(headers));
    assert.is(await status(server, path, {}, 'POST'), 405);
  }
  assert.is(await status(server, '/other', {}), 404);
  await server.close();
  assert.is(await status(server, '/', {}).catch(() => 'refused'), 'refused');
});

test('a port that is taken', async () => {
  const first = await served(0);
  const { port } = new URL(first.url);
  const why = await PageServer.listen(pageData('x', 1000, charts), Number(port)).then(
    () => 'it listens',
    String,
  );
  assert.match(why, `Could not serve the page on port ${port}: another program has it`);
  await first.close();
});

test.run();
