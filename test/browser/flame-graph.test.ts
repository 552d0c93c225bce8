import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type FlameGraphOptions, renderFlameGraph } from '../../src/flamegraph/svg.ts';
import type { CallTree } from '../../src/stacks/call-tree.ts';
import { difference } from '../../src/stacks/difference.ts';
import { displayText } from '../../src/util/display-text.ts';
import { hostileNames } from '../flamegraph/hostile-names.ts';
import { demo, treeOf } from '../flamegraph/trees.ts';
import { noChromium } from '../support/machine.ts';
import { unless } from '../support/unless.ts';
import { Chromium } from './chromium.ts';

const test = suite('flame graph in Chromium');
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

async function urlOf(tree: CallTree = demo, options: Partial<FlameGraphOptions> = {}): Promise<string> {
  return await browser.file(
    'flame.svg',
    [...renderFlameGraph(tree, { title: 'demo/echo', ...options })].join(''),
  );
}

/** The rectangle of the frame with this name; of several the first. */
function frame(page: Page, name: string) {
  return page.locator('#frames rect').filter({ hasText: name }).first();
}

async function widthOf(page: Page, name: string): Promise<number> {
  return Number(await frame(page, name).getAttribute('width'));
}

/** Names of the frames that can be seen, in the file's order. */
async function visible(page: Page): Promise<string[]> {
  return await page.evaluate<string[]>(
    `Array.from(document.querySelectorAll('#frames rect:not(.hidden)'), (r) => r.textContent.replace(/ \\([^(]*$/, ''))`,
  );
}

/** Names of the frames that a search marked. */
async function marked(page: Page): Promise<string[]> {
  return await page.evaluate<string[]>(
    `Array.from(document.querySelectorAll('#frames rect.hit'), (r) => r.textContent.replace(/ \\([^(]*$/, ''))`,
  );
}

async function searched(page: Page): Promise<string> {
  return await page.evaluate<string>(`document.querySelector('#search').value`);
}

async function search(page: Page, term: string): Promise<string> {
  await page.keyboard.press('Control+f');
  await page.keyboard.type(term);
  return await page.locator('#matched').innerHTML();
}

inBrowser('time on and off the processor: one tree, two colours, microseconds', async () => {
  const tree = treeOf([
    [['root:p', 'engine:main', 'kernel:read'], 100],
    [['root:p', 'engine:main', 'kernel:read', 'blocked:schedule'], 0],
    [['root:p', 'engine:main', 'blocked:read', 'blocked:schedule'], 300],
  ]);
  const page = await browser.open(await urlOf(tree, { metric: 'weight', unit: 'µs' }));
  const fills = await page.evaluate<string[]>(
    `Array.from(document.querySelectorAll('#frames rect')).filter((r) => r.textContent.startsWith('read')).map((r) => getComputedStyle(r).fill)`,
  );
  assert.is(new Set(fills).size, 2, 'the running read and the waiting one');
  assert.match(await search(page, 'kind:blocked'), 'Matched: 75.00%');
  assert.equal(await marked(page), ['read', 'schedule']);
  assert.match((await frame(page, 'schedule').textContent()) ?? '', 'µs');
});

inBrowser(
  'a differential graph says both sides of a frame, and keeps the marks when it is zoomed',
  async () => {
    const before = treeOf([
      [['root:p', 'main', 'old'], 100],
      [['root:p', 'main', 'kept'], 100],
    ]);
    const { tree, ...rest } = difference(before, treeOf([[['root:p', 'main', 'kept'], 300]]));
    const page = await browser.open(await urlOf(tree, { sides: { names: ['a', 'b'], ...rest } }));
    await frame(page, 'old').hover();
    assert.is(await page.locator('#details').textContent(), 'old — a 50.00%, b 0.00%: gone');
    await frame(page, 'kept').click();
    const labels = await page.evaluate<string[]>(
      `Array.from(document.querySelectorAll('#frames text:not(.hidden)'), (t) => t.textContent)`,
    );
    assert.equal(labels, ['all', 'p', 'main', '+ kept']);
  },
);

inBrowser('the file is well-formed for a parser of XML', async () => {
  const page = await browser.open('about:blank');
  for (const tree of [demo, treeOf([]), treeOf(hostileNames.map((name) => [[`wasm:${name}`, name], 3]))]) {
    const svg = [...renderFlameGraph(tree, { title: hostileNames.join(' '), notes: hostileNames })].join('');
    const parsed = `new DOMParser().parseFromString(${JSON.stringify(svg)}, 'image/svg+xml')`;
    const problem = await page.evaluate<string | null>(
      `${parsed}.querySelector('parsererror')?.textContent ?? null`,
    );
    assert.is(problem, null);
  }
});

inBrowser('a click makes the frame as wide as the picture, its callers too, and hides the rest', async () => {
  const page = await browser.open(await urlOf());
  const all = await widthOf(page, 'all');
  const before = await visible(page);
  await frame(page, 'echo').click();
  assert.is(await widthOf(page, 'echo'), all);
  assert.is(await widthOf(page, 'invoke'), all);
  assert.ok(Math.abs((await widthOf(page, 'validate')) / all - 0.5) < 0.01);
  const zoomed = [
    'all',
    'runner',
    'main',
    'invoke',
    'echo',
    'checksum(unsigned char const*)',
    'memcpy',
    'page_fault',
    'validate',
  ];
  assert.equal(await visible(page), zoomed);
  await page.locator('#unzoom').click();
  assert.equal(await visible(page), before);
  assert.ok(Math.abs((await widthOf(page, 'validate')) / all - 0.4) < 0.01);
});

inBrowser('back undoes one zoom at a time, Escape all of them', async () => {
  const page = await browser.open(await urlOf());
  const everything = (await visible(page)).length;
  await frame(page, 'invoke').click();
  const first = await visible(page);
  await frame(page, 'memcpy').click();
  assert.equal(await visible(page), ['all', 'runner', 'main', 'invoke', 'echo', 'memcpy', 'page_fault']);
  await page.locator('#back').click();
  assert.equal(await visible(page), first);
  await frame(page, 'memcpy').click();
  await page.keyboard.press('Backspace');
  assert.equal(await visible(page), first);
  await frame(page, 'memcpy').click();
  await page.keyboard.press('Escape');
  assert.is((await visible(page)).length, everything);
  assert.is(new URL(page.url()).search, '');
});

inBrowser('a click on a caller zooms out to it', async () => {
  const page = await browser.open(await urlOf());
  await frame(page, 'memcpy').click();
  await frame(page, 'main').click();
  assert.ok((await visible(page)).includes('WasmModule::load'));
  await frame(page, 'all').click();
  assert.is(new URL(page.url()).search, '');
});

inBrowser('labels follow the width of their frames', async () => {
  const page = await browser.open(await urlOf());
  const label = () => page.locator('#frames rect:has-text("checksum") + text').textContent();
  assert.is(await label(), 'checksum(unsigned char const*)');
  await page.setViewportSize({ width: 700, height: 800 });
  await page.waitForFunction(`document.querySelector('#page').getBoundingClientRect().width === 700`);
  assert.is(await label(), 'checksum(…)');
  const spill = await page.evaluate<number>(
    `Math.max(...Array.from(document.querySelectorAll('#frames text:not(.hidden)'), (text) =>
      text.getBoundingClientRect().right - text.previousElementSibling.getBoundingClientRect().right))`,
  );
  assert.ok(spill <= 0, `a label ends ${spill} px right of its frame`);
});

inBrowser('a picture with a width of its own keeps it', async () => {
  const page = await browser.open(await urlOf(demo, { width: 2000 }));
  assert.is(await page.evaluate(`document.querySelector('svg').getBoundingClientRect().width`), 2000);
});

inBrowser('search marks what matches and tells its share', async () => {
  const page = await browser.open(await urlOf());
  assert.is(await search(page, '^(memcpy|validate)'), 'Matched: 50.00% (self 40.00%)');
  assert.equal(await marked(page), ['memcpy', 'validate']);
  await frame(page, 'memcpy').click();
  assert.is(await page.locator('#matched').innerHTML(), 'Matched: 100% of this view (self 0.00%)');
});

inBrowser('searching for wasm finds every wasm frame by its kind', async () => {
  const page = await browser.open(await urlOf());
  assert.is(await search(page, 'wasm'), 'Matched: 80.00% (self 70.00%)');
  assert.equal(await marked(page), ['echo', 'checksum(unsigned char const*)', 'validate']);
});

inBrowser('a click on the legend searches for the kind, another ends it', async () => {
  const page = await browser.open(await urlOf());
  await page.locator('[data-search=kernel]').click();
  assert.equal(await marked(page), ['page_fault', 'page_fault']);
  assert.is(await searched(page), 'kernel');
  await page.locator('[data-search=kernel]').click();
  assert.equal(await marked(page), []);
});

inBrowser('Ctrl-I ignores case and heeds it again', async () => {
  const page = await browser.open(await urlOf());
  assert.is(await search(page, 'ECHO'), 'Matched: 0.00% (self 0.00%)');
  await page.keyboard.press('Control+i');
  assert.is(await page.locator('#matched').innerHTML(), 'Matched: 80.00% (self 5.00%)');
  await page.locator('#ignorecase').click();
  assert.equal(await marked(page), []);
});

inBrowser('a broken expression is explained and marks nothing', async () => {
  const page = await browser.open(await urlOf());
  assert.is(await search(page, 'echo('), 'Not a regular expression: Unterminated group');
  assert.equal(await marked(page), []);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  assert.is(await page.locator('#matched').innerHTML(), '');
});

inBrowser('zoom, search and case are in the address and come back from it', async () => {
  const url = await urlOf();
  const page = await browser.open(`${url}?keep=1#top`);
  await frame(page, 'echo').click();
  await search(page, 'CHECK');
  await page.keyboard.press('Control+i');
  const address = new URL(page.url());
  assert.is(address.searchParams.get('keep'), '1');
  assert.is(address.hash, '#top');
  // FlameGraph's x and y are the frame's attributes in the file.
  const inFile = await (await browser.open(url, { javaScriptEnabled: false }))
    .locator('#frames rect')
    .evaluateAll((rects) => rects.map((rect) => [rect.getAttribute('x'), rect.getAttribute('y')].join()));
  assert.ok(inFile.includes([address.searchParams.get('x'), address.searchParams.get('y')].join()));

  const again = await browser.open(page.url(), { viewport: { width: 900, height: 700 } });
  assert.equal(await visible(again), await visible(page));
  assert.equal(await marked(again), ['checksum(unsigned char const*)']);
  assert.is(await searched(again), 'CHECK');
  assert.is((await marked(await browser.open(`${url}?x=1&y=nowhere&s=mem`))).length, 1);
});

inBrowser('the line below describes the frame under the pointer', async () => {
  const page = await browser.open(await urlOf());
  await frame(page, 'validate').hover();
  assert.is(
    await page.locator('#details').textContent(),
    'validate — wasm — 400 samples, 40.00%; self 40.00%',
  );
  assert.match(await frame(page, 'validate').innerHTML(), 'validate (400 samples, 40.00%)');
  await page.mouse.move(5, 5);
  assert.match(String(await page.locator('#details').textContent()), /^Click a frame/);
});

inBrowser('a frame too narrow for a tooltip in the file gets one when zoom makes it wide', async () => {
  const tree = treeOf([
    [['a', 'wide'], 9_998],
    [['b', 'narrow'], 2],
  ]);
  const page = await browser.open(await urlOf(tree));
  const narrow = page.locator('#frames rect').nth(4);
  assert.is(await narrow.innerHTML(), '');
  await page.evaluate(
    `document.querySelectorAll('#frames rect')[4].dispatchEvent(new MouseEvent('click', { bubbles: true }))`,
  );
  await narrow.hover();
  assert.match(await narrow.innerHTML(), 'narrow (2 samples, 0.02%)');
});

inBrowser('keys alone walk and zoom', async () => {
  const page = await browser.open(await urlOf());
  await page.evaluate(`document.querySelector('#frames').focus()`);
  for (const key of ['ArrowUp', 'ArrowUp', 'ArrowUp', 'ArrowUp', 'ArrowUp']) await page.keyboard.press(key);
  assert.match(String(await page.locator('#details').textContent()), /^echo — wasm/);
  await page.keyboard.press('Enter');
  assert.is(await widthOf(page, 'echo'), await widthOf(page, 'all'));
});

inBrowser('inverted pictures have their root at the top', async () => {
  const page = await browser.open(await urlOf(demo, { inverted: true }));
  const top = async (name: string) => Number(await frame(page, name).getAttribute('y'));
  assert.ok((await top('all')) < (await top('runner')));
  assert.ok((await top('runner')) < (await top('echo')));
});

inBrowser('a tall graph opens at its root, with title and details in sight', async () => {
  const tall = treeOf([[Array.from({ length: 120 }, (_, i) => `level${i}`), 5]]);
  const page = await browser.open(await urlOf(tall));
  for (const selector of ['#title', '#details', '#search']) {
    await page.waitForFunction(
      `(({ top, bottom }) => top >= 0 && bottom <= innerHeight)(document.querySelector('${selector}').getBoundingClientRect())`,
    );
  }
  const root = await frame(page, 'all').boundingBox();
  assert.ok(root !== null && root.y > 0 && root.y < 800);
});

/** A process whose WebAssembly stands on 40 engine frames, beside a side branch of 60. */
const onTower = treeOf([
  [['root:node', ...Array.from({ length: 40 }, (_, i) => `engine:e${i}`), 'wasm:work', 'wasm:inner'], 800],
  [
    [
      'root:node',
      ...Array.from({ length: 20 }, (_, i) => `engine:e${i}`),
      ...Array.from({ length: 60 }, (_, i) => `engine:side${i}`),
    ],
    200,
  ],
]);

/** Whether a frame's rectangle is inside the window, free of what is kept at its edges. */
async function isInView(page: Page, name: string): Promise<boolean> {
  const box = await frame(page, name).boundingBox();
  const height = page.viewportSize()?.height ?? 0;
  return box !== null && box.y >= 60 && box.y + box.height <= height - 20;
}

inBrowser('a tower of engine frames is one frame that opens and closes on click', async () => {
  const page = await browser.open(await urlOf(onTower));
  const tower = page.locator('#frames text').filter({ hasText: /^engine · \d+ frames$/ });
  assert.equal(await tower.allTextContents(), ['engine · 40 frames']);
  assert.not.ok((await visible(page)).some((name) => name === 'e10'));
  const height = async () => Number(await page.locator('svg').first().getAttribute('height'));
  const folded = await height();
  const first = page.locator('#frames rect').filter({ hasText: 'the first: e0' }).first();
  await first.dispatchEvent('click');
  assert.is(await height(), folded + 19 * 18, 'the side branch is 20 + 60 high now');
  assert.ok((await visible(page)).includes('e10'));
  assert.ok(await frame(page, 'work').isVisible());
  await first.dispatchEvent('click');
  assert.not.ok((await visible(page)).includes('e10'));
  assert.is(await height(), folded);
  const all = await browser.open(await urlOf(onTower, { engineFrames: 'all' }));
  assert.ok((await visible(all)).includes('e10'));
  const fault = treeOf([
    [
      [
        'root:node',
        'engine:a',
        'engine:b',
        'engine:c',
        'wasm:work',
        'kernel:fault',
        'kernel:handle',
        'kernel:clear',
      ],
      9,
    ],
  ]);
  const fromLeaf = await visible(await browser.open(await urlOf(fault, { reverse: true })));
  assert.ok(fromLeaf.includes('clear') && fromLeaf.includes('a'), 'from the leaf nothing is folded');
  const native = treeOf([[['root:server', ...Array.from({ length: 9 }, (_, i) => `engine:f${i}`)], 5]]);
  assert.is((await visible(await browser.open(await urlOf(native)))).length, 11, 'plain C is drawn as it is');
});

inBrowser("a graph opens where the user's code begins, in windows of all sizes", async () => {
  const url = await urlOf(onTower, { engineFrames: 'all' });
  for (const [width, height] of [
    [380, 700],
    [1280, 800],
    [1920, 1080],
    [2000, 600],
  ] as const) {
    const page = await browser.open(url, { viewport: { width, height } });
    assert.ok(await isInView(page, 'work'), `${width} x ${height}`);
    assert.ok(await isInView(page, 'inner'), `${width} x ${height}`);
  }
});

inBrowser(
  'a search in the address and a linked frame are scrolled to; a difference opens where the change is',
  async () => {
    const url = await urlOf(onTower, { engineFrames: 'all' });
    const found = await browser.open(`${url}?s=side50`);
    assert.ok(await isInView(found, 'side50'));
    const tall = (self: number) =>
      treeOf([
        [['root:p', ...Array.from({ length: 70 }, (_, i) => `engine:f${i}`), 'engine:changed'], self],
        [['root:p', 'engine:other'], 1000],
      ]);
    const { tree, ...sides } = difference(tall(1000), tall(3000));
    const diff = await browser.open(await urlOf(tree, { sides: { names: ['before', 'after'], ...sides } }));
    assert.ok(await isInView(diff, 'changed'));
  },
);

inBrowser('the details of a tall icicle stay at the bottom of the window, its notes below them', async () => {
  const tall = treeOf([[Array.from({ length: 120 }, (_, i) => `level${i}`), 5]]);
  const page = await browser.open(await urlOf(tall, { inverted: true, notes: ['lost 3', 'kept 4'] }));
  const bottom = async (selector: string) =>
    await page.evaluate<number>(`document.querySelector('${selector}').getBoundingClientRect().bottom`);
  assert.is(Math.round(await bottom('#foot .bar')), 800);
  await page.evaluate(`scrollTo(0, 1e6)`);
  await page.waitForFunction(
    `document.querySelector('#notes').getBoundingClientRect().bottom <= innerHeight`,
  );
  await page.waitForFunction(
    `document.querySelector('#foot').getBoundingClientRect().bottom <= document.querySelector('#notes').getBoundingClientRect().top`,
  );
});

inBrowser('no name runs, and each can be searched for whole', async () => {
  const tree = treeOf(hostileNames.map((name) => [[`wasm:${name}`], 10]));
  const page = await browser.open(await urlOf(tree, { title: hostileNames[0] ?? '', notes: hostileNames }));
  for (const rect of await page.locator('#frames rect').all()) await rect.hover();
  assert.is(await page.evaluate(`window.hacked`), undefined);
  assert.is(await page.locator('#frames rect').count(), hostileNames.length + 1);
  const titles = await page.locator('#frames rect title').allTextContents();
  for (const name of hostileNames.map(displayText).filter((each) => each.length < 100)) {
    assert.ok(
      titles.some((title) => title.replace(/[\u2068\u2069]/g, '').startsWith(`${name} (10 samples`)),
      name,
    );
  }
  assert.ok(Math.max(...titles.map((title) => title.length)) < 500);
  assert.match(await search(page, 'needle'), /^Matched: [\d.]+%/);
  assert.is((await marked(page)).length, 1);
});

inBrowser('right-to-left names leave the numbers after them alone', async () => {
  const page = await browser.open(await urlOf(treeOf([[['שלום(עולם)'], 7]])));
  await frame(page, 'שלום').hover();
  assert.is(
    await page.locator('#details').textContent(),
    '\u2068שלום(עולם)\u2069 — native — 7 samples, 100%; self 100%',
  );
});

inBrowser('dark readers get a dark page', async () => {
  const url = await urlOf();
  const fills = async (colorScheme: 'light' | 'dark') =>
    await (await browser.open(url, { colorScheme })).evaluate<string[]>(
      `['#page', '#title', '#frames rect'].map((selector) => getComputedStyle(document.querySelector(selector)).fill)`,
    );
  const [light, dark] = [await fills('light'), await fills('dark')];
  assert.is(light[0], 'rgb(255, 255, 255)');
  assert.is(dark[0], 'rgb(21, 23, 28)');
  for (const [i, fill] of dark.entries()) assert.is.not(fill, light[i]);
});

inBrowser('an <img> shows the frames though no script runs there', async () => {
  const svg = [...renderFlameGraph(demo, { title: 'demo/echo' })].join('');
  await browser.file('embedded.svg', svg);
  const page = await browser.open(
    await browser.file('page.html', '<body style="margin:0"><img src="embedded.svg">'),
  );
  const size = await page.evaluate<number[]>(
    `(({ naturalWidth, naturalHeight }) => [naturalWidth, naturalHeight])(document.querySelector('img'))`,
  );
  assert.is(size[0], 1200);
  // The picture's own colours, without taking pixels out of a canvas that file:// taints: by screenshot, decoded in a page.
  const shot = (await page.screenshot()).toString('base64');
  const colours = await page.evaluate<number>(`(async () => {
    const image = new Image();
    image.src = 'data:image/png;base64,${shot}';
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    let orange = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i] > 220 && data[i + 1] > 120 && data[i + 1] < 190 && data[i + 2] < 100) orange += 1;
    return orange;
  })()`);
  assert.ok(colours > 10_000, `${colours} pixels have the colour of wasm frames`);
});

inBrowser(
  'ten thousand distinct stacks open, and a zoom touches each frame a few times at most',
  async () => {
    const stacks = Array.from({ length: 10_000 }, (_, i): [string[], number] => [
      ['main', `a${i % 10}`, `b${i % 100}`, `c${i % 1000}`, `d${i}`],
      1,
    ]);
    const page = await browser.open(await urlOf(treeOf(stacks)));
    const { frames, changes } = await page.evaluate<{ frames: number; changes: number }>(`(() => {
    const observer = new MutationObserver(() => {});
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    const frames = document.querySelectorAll('#frames rect');
    frames[2].dispatchEvent(new MouseEvent('click', { bubbles: true }));
    return { frames: frames.length, changes: observer.takeRecords().length };
  })()`);
    assert.ok(frames > 1000 && changes > 0 && changes < 4 * frames, `${changes} changes of ${frames} frames`);
  },
);

test.run();
