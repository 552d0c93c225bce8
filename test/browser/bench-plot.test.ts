import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { plotKinds } from '../../src/bench/plots/choices.ts';
import { drawRuns } from '../../src/bench/plots/draw.ts';
import { plotPage, titledSvg } from '../../src/bench/plots/page.ts';
import { randomFrom } from '../../src/bench/statistics/distributions.ts';
import { trusted } from '../../src/util/brand.ts';
import { hostileNames } from '../flamegraph/hostile-names.ts';
import { noChromium } from '../support/machine.ts';
import { unless } from '../support/unless.ts';
import { Chromium } from './chromium.ts';

const test = suite('bench.plot in Chromium');
const inBrowser = unless(noChromium, test);

const series = (func: string, mean: number, seed: number) => {
  const random = randomFrom(seed);
  const runUs = Float64Array.from(
    { length: 150 },
    (_, at) => mean * (1 + 0.05 * random.normal()) * (at === 40 ? 30 : 1),
  );
  return { user: 'demo', func, input: undefined, runUs, resetUs: undefined, failures: 0, unusable: 0 };
};
const functions = ['echo', ...hostileNames, 'a_function_with_a_long_name'.repeat(6)];
const sources = ['old.csv', hostileNames[0] ?? ''].map((label, file) => ({
  label,
  series: functions.map((func, at) => series(func, 10 ** (at % 5), 10 * file + at)),
}));
const options = { title: 'Times', width: 640, scale: 'auto', range: 'core', seed: 1 } as const;

interface Text {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Runs in the page: where the texts and the picture lie. */
const look = `(() => {
  const place = (element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    return { text: element.textContent, left, right, top, bottom };
  };
  const texts = [...document.querySelectorAll('text')].filter((text) => text.textContent.trim() !== '');
  return { whole: place(document.querySelector('svg')), texts: texts.map(place), hacked: 'hacked' in window };
})()`;

for (const kind of plotKinds) {
  inBrowser(`${kind}: no text over another or out of the picture, whatever the names`, async () => {
    const { svg } = await drawRuns(sources, { ...options, kind });
    await using chromium = await Chromium.start();
    const page = await chromium.open(await chromium.file('plot.svg', titledSvg(svg)));
    assert.is(await page.locator('parsererror').count(), 0);
    const { whole, texts, hacked } = trusted<{ whole: Text; texts: Text[]; hacked: boolean }>(
      await page.evaluate(look),
    );
    assert.is(hacked, false);
    assert.ok(texts.length > 20);
    for (const { text, ...place } of texts) {
      const isInside =
        place.left >= whole.left - 1 && place.right <= whole.right + 1 && place.bottom <= whole.bottom + 1;
      assert.ok(isInside, `out of the picture: ${text}`);
    }
    texts.forEach((one, at) => {
      for (const other of texts.slice(at + 1)) {
        // Lines of one label touch.
        const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
        const tall = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
        assert.ok(wide <= 2 || tall <= 4, `over each other: ${JSON.stringify([one.text, other.text])}`);
      }
    });
    assert.equal(chromium.complaints, []);
  });
}

inBrowser('the page asks for nothing, shows numbers at a mark and near it, and zooms', async () => {
  const { svg } = await drawRuns(sources, { ...options, kind: 'box' });
  await using chromium = await Chromium.start();
  const page = await chromium.open(await chromium.file('plot.html', plotPage(svg, 'Times')), {
    offline: true,
  });
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.reload();
  assert.is(requests.length, 1, requests.join(' '));
  const tip = page.locator('#tip');
  assert.is(await tip.isVisible(), false);
  const box = await page.locator('[aria-label*="quartiles"]').first().boundingBox();
  assert.ok(box !== null);
  if (box === null) return;
  await page.mouse.move(box.x + 3, box.y + 3);
  assert.match((await tip.textContent()) ?? '', /^old\.csv, 150 runs\nmedian .* (ns|µs) \(95 %: /);
  await page.mouse.move(box.x + 3, box.y - 5);
  assert.is(await tip.isVisible(), true);
  await page.mouse.move(5, box.y - 60);
  assert.is(await tip.isVisible(), false);
  const widthOf = async () => (await page.locator('svg').boundingBox())?.width ?? 0;
  const before = await widthOf();
  await page.keyboard.press('+');
  assert.ok(Math.abs((await widthOf()) / before - 1.5) < 0.01);
  await page.locator('#whole').click();
  assert.is(await widthOf(), before);
  assert.equal(chromium.complaints, []);
});

test.run();
