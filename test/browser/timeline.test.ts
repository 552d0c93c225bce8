import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CallNode } from '../../src/execgraph/graph.ts';
import { measureGraph } from '../../src/execgraph/measure.ts';
import { timelinePage } from '../../src/execgraph/timeline.ts';
import { call, graphOf } from '../execgraph/call-graphs.ts';
import { mapReduceRun } from '../execgraph/runs.ts';
import { hostileNames } from '../flamegraph/hostile-names.ts';
import { noChromium } from '../support/machine.ts';
import { unless } from '../support/unless.ts';
import { Chromium } from './chromium.ts';

const test = suite('timeline in Chromium');
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

const start = 1_795_300_507_211;
const away = { host: '10.0.0.2' };

/** main waits for chain on another host, whose clock is 10 ms behind, and for hello. */
function demo(): CallNode {
  const echo = call('echo', start + 20, start + 40, [], { ...away, id: 3, output: 'child 0\nmore' });
  const bad = call('bad', start + 50, start + 80, [], {
    ...away,
    id: 4,
    returnValue: 42,
    output: 'Call failed',
  });
  const chain = call('chain', start - 10, start + 90, [echo, bad], { ...away, id: 2 });
  const hello = call('hello', start + 10, start + 60, [], { id: 5 });
  return call('main', start, start + 100, [chain, hello], { id: 1 });
}

async function opened(root: CallNode = demo(), viewport = { width: 1280, height: 800 }): Promise<Page> {
  const html = timelinePage(measureGraph(graphOf([root])), { title: 'demo/main' });
  return await browser.open(await browser.file('timeline.html', html), { viewport });
}

/** The chart's canvas on the page. */
async function box(page: Page): Promise<{ x: number; y: number; width: number; height: number }> {
  const found = await page.locator('canvas').boundingBox();
  assert.ok(found !== null);
  return found;
}

/** Where a moment stands in a chart that shows everything from `firstMs` on; margins are 1.2 % of the span. */
function across(width: number, ms: number, firstMs = -10, spanMs = 110): number {
  return ((ms - firstMs + spanMs * 0.012) / (spanMs * 1.024)) * width;
}

/** Middle of a row of one of the lanes of {@link demo}: rows are 22 px, heads of lanes 24, gaps 10, the top 56. */
function down(lane: number, row: number): number {
  return 56 + 24 + 22 * row + 11 + (lane === 1 ? 2 * 22 + 34 : 0);
}

async function details(page: Page): Promise<string> {
  return await page.locator('#details').innerText();
}

async function hover(page: Page, ms: number, lane: number, row: number): Promise<string> {
  const { x, y, width } = await box(page);
  await page.mouse.move(x + across(width, ms), y + down(lane, row));
  return await details(page);
}

/** The chart as numbers that change when the picture does. */
async function picture(page: Page): Promise<string> {
  await page.evaluate(`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))`);
  return await page.evaluate<string>(`document.querySelector('canvas').toDataURL()`);
}

inBrowser('the page asks for nothing and its policy allows nothing but itself', async () => {
  const html = timelinePage(measureGraph(graphOf([demo()])), { title: 'demo/main' });
  const page = await browser.open('about:blank');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  const url = await browser.file('alone.html', html);
  await page.goto(url);
  await picture(page);
  assert.equal(asked, [url]);
  assert.not.match(html, /https?:/);
  const blocked = `(() => { const made = document.createElement('script'); made.textContent = 'window.hacked = 1';
    document.body.append(made); return window.hacked ?? 'blocked'; })()`;
  assert.is(await page.evaluate(blocked), 'blocked');
  assert.match(browser.complaints.splice(0).join(), 'Content Security Policy');
});

inBrowser('hovering tells everything about a call', async () => {
  const page = await opened();
  const text = await hover(page, 30, 0, 1);
  for (const part of [
    'demo/hello',
    'id 5',
    'host 10.0.0.1',
    'start +10 ms',
    'duration 50 ms',
    'returned 0',
  ]) {
    assert.match(text, part);
  }
  const waiting = await hover(page, 95, 0, 0);
  for (const part of ['demo/main', 'running 10 ms', 'waiting 90 ms', 'calls 2', 'path critical']) {
    assert.match(waiting, part);
  }
  const failed = await hover(page, 65, 1, 1);
  for (const part of ['demo/bad', 'failed, returned 42', 'output Call failed']) assert.match(failed, part);
  assert.is(await page.locator('#tip').isVisible(), true);
  assert.match(await hover(page, 30, 1, 1), 'output child 0');
  assert.match(await hover(page, 0, 1, 0), 'clock starts 10 ms before its caller');
});

inBrowser('hovering draws arrows, leaving takes them away', async () => {
  const page = await opened();
  const before = await picture(page);
  await hover(page, 30, 0, 1);
  assert.is.not(await picture(page), before);
  await page.mouse.move(2, 2);
  assert.is(await picture(page), before);
  assert.is(await page.locator('#tip').isVisible(), false);
});

inBrowser('clocks that differ are told in words, with the axis counting from the root', async () => {
  const page = await opened();
  const head = await page.locator('header').innerText();
  assert.match(head, /Clocks differ: that of 10\.0\.0\.2 is at least 10 ms behind 10\.0\.0\.1/);
});

inBrowser('wheel, buttons and keys zoom; Escape shows everything again', async () => {
  const page = await opened();
  const whole = await picture(page);
  const { x, y, width } = await box(page);
  const at = across(width, 30);
  await page.mouse.move(x + at, y + down(0, 1));
  for (let i = 0; i < 3; i += 1) await page.mouse.wheel(0, -600);
  await page.mouse.move(x + at + 1, y + down(0, 1));
  assert.match(await details(page), 'demo/hello');
  const zoomed = await picture(page);
  assert.is.not(zoomed, whole);
  // hello ends at 60 ms: so close, far off the right edge.
  await page.mouse.move(x + width - 5, y + down(0, 1));
  assert.match(await details(page), 'demo/hello');
  await page.locator('canvas').press('Escape');
  await page.mouse.move(2, 2);
  await page.locator('body').click({ position: { x: 3, y: 3 } });
  assert.is(await picture(page), whole);
  await page.locator('#in').click();
  const closer = await picture(page);
  assert.is.not(closer, whole);
  await page.locator('#out').click();
  await page.locator('canvas').focus();
  await page.keyboard.press('+');
  await page.keyboard.press('d');
  assert.is.not(await picture(page), closer);
  await page.locator('#all').click();
  await page.locator('body').click({ position: { x: 3, y: 3 } });
  assert.is(await picture(page), whole);
});

inBrowser('dragging along the top selects, dragging the chart moves it', async () => {
  const page = await opened();
  const { x, y, width } = await box(page);
  await page.mouse.move(x + across(width, 20), y + 45);
  await page.mouse.down();
  await page.mouse.move(x + across(width, 40), y + 45, { steps: 4 });
  assert.is(await page.locator('#zone').isVisible(), true);
  await page.mouse.up();
  // From 20 to 40 ms: the middle is 30.
  await page.mouse.move(x + width / 2, y + down(1, 1));
  assert.match(await details(page), 'demo/echo');
  await page.mouse.down();
  await page.mouse.move(x + width / 2 - width * 1.6, y + down(1, 1), { steps: 4 });
  await page.mouse.up();
  await page.mouse.move(x + width / 2, y + down(1, 1) + 1);
  assert.match(await details(page), 'demo/bad');
});

inBrowser('a click shows a call and what it led to, a second one everything', async () => {
  const page = await opened();
  const whole = await picture(page);
  const { x, y, width } = await box(page);
  await page.mouse.click(x + across(width, 30), y + down(1, 1));
  await page.mouse.move(2, 2);
  assert.match(await details(page), 'demo/echo');
  assert.is.not(await picture(page), whole);
  await page.mouse.click(x + width / 2, y + down(1, 1));
  await page.mouse.move(2, 2);
  assert.is(await picture(page), whole);
});

inBrowser('arrow keys walk the calls, and the page says where they are', async () => {
  const page = await opened();
  await page.locator('canvas').focus();
  const names: string[] = [];
  for (const key of ['Home', 'ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowRight', 'ArrowUp', 'ArrowRight']) {
    await page.keyboard.press(key);
    names.push((await page.locator('#details b').innerText()).trim());
  }
  assert.equal(names, [
    ...['demo/main', 'demo/chain', 'demo/echo', 'demo/bad', 'demo/bad', 'demo/chain', 'demo/hello'],
  ]);
  assert.is(await page.locator('#details').getAttribute('aria-live'), 'polite');
});

inBrowser('search counts, marks, and goes from match to match', async () => {
  const page = await opened();
  const before = await picture(page);
  const count = () => page.locator('#count').innerText();
  await page.keyboard.press('/');
  await page.keyboard.type('10.0.0.2');
  assert.is(await count(), '3 matches');
  assert.is.not(await picture(page), before);
  await page.keyboard.press('Enter');
  assert.is(await count(), '1 of 3 matches');
  assert.match(await details(page), 'demo/chain');
  await page.keyboard.press('Shift+Enter');
  assert.is(await count(), '3 of 3 matches');
  assert.match(await details(page), 'demo/bad');
  await page.locator('#search').fill('CHILD');
  assert.is(await count(), '1 match');
  await page.locator('#search').fill('failed');
  assert.is(await count(), '1 of 1 match');
  await page.locator('#search').fill('no such');
  assert.is(await count(), 'no call matches');
  assert.is(await page.locator('#next').isVisible(), false);
  await page.locator('#search').press('Escape');
  assert.is(await count(), '');
});

inBrowser('the critical path can be hidden', async () => {
  const page = await opened();
  const whole = await picture(page);
  await page.locator('#path').click();
  assert.is(await page.locator('#path').getAttribute('aria-pressed'), 'false');
  assert.is.not(await picture(page), whole);
});

inBrowser('hostile names are shown and harm nothing', async () => {
  const children = hostileNames.map((name, i) =>
    call(name, start + i, start + 50 + i, [], {
      user: name,
      host: name === '' ? undefined : name,
      output: name,
    }),
  );
  const page = await opened(call('</script><img src=x>', start, start + 200, children));
  await page.keyboard.press('/');
  await page.keyboard.type('<script>');
  assert.match(await page.locator('#count').innerText(), /\d+ match/);
  for (let i = 0; i < hostileNames.length; i += 1) await page.keyboard.press('Enter');
  assert.is(await page.evaluate('window.hacked'), undefined);
  assert.is(await page.locator('img').count(), 0);
  assert.is(await page.locator('script').count(), 2);
});

inBrowser('a narrow window has everything in one column and scrolls only down', async () => {
  const page = await opened(demo(), { width: 600, height: 800 });
  const { width } = await box(page);
  assert.ok(width > 500 && width < 600, `${width} px`);
  assert.ok(await page.evaluate('document.documentElement.scrollWidth <= 600'));
});

inBrowser('one call, none, and calls without times are drawn', async () => {
  await picture(await opened(call('hello', start, start + 3)));
  await picture(await opened(call('hello', undefined, undefined)));
  const html = timelinePage(measureGraph(graphOf([])), { title: 'nothing' });
  const page = await browser.open(await browser.file('nothing.html', html));
  assert.match(await page.locator('header').innerText(), '0 calls');
});

inBrowser(
  'a drawing of 10,000 calls fills a few boxes a call, and none of calls outside of the window',
  async () => {
    const html = timelinePage(measureGraph(mapReduceRun(10_000, 6)), { title: 'many' });
    const page = await browser.open(await browser.file('many.html', html));
    const { x, y, width, height } = await box(page);
    await page.mouse.move(x + width / 3, y + height / 2);
    // What a drawing costs is what it fills.
    await page.evaluate(`(() => {
    window.fills = [];
    const pencil = CanvasRenderingContext2D.prototype;
    const { fillRect } = pencil;
    let fills = 0;
    pencil.fillRect = function (...box) { fills += 1; return fillRect.apply(this, box); };
    const real = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (draw) => real(() => { fills = 0; draw(); window.fills.push(fills); });
  })()`);
    for (let i = 0; i < 30; i += 1) await page.mouse.wheel(0, i < 15 ? -120 : 120);
    await page.keyboard.press('/');
    await page.keyboard.type('map');
    assert.match(await page.locator('#count').innerText(), /^9\d\d\d matches$/);
    const fills = await page.evaluate<number[]>('window.fills');
    assert.ok(fills.length > 5, `${fills.length} drawings`);
    assert.ok(Math.max(...fills) <= 30_000, `${Math.max(...fills)} boxes`);
    assert.ok(Math.min(...fills) < 5000, `${Math.min(...fills)} boxes`);
  },
);

inBrowser('without scripts the tables and the title are there', async () => {
  const html = timelinePage(measureGraph(graphOf([demo()])), { title: 'demo/main' });
  const page = await browser.open(await browser.file('plain.html', html), { javaScriptEnabled: false });
  const text = await page.locator('body').innerText();
  for (const part of [
    'demo/main',
    'Critical path by function',
    'Critical path by host',
    'needs the script',
  ]) {
    assert.match(text, part);
  }
  assert.is(await page.locator('#bar').isVisible(), false);
});

test.run();
