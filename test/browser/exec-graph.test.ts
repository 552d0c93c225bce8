import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ExecGraph } from '../../src/execgraph/graph.ts';
import { measureGraph } from '../../src/execgraph/measure.ts';
import { renderPicture } from '../../src/execgraph/picture/svg.ts';
import { trusted } from '../../src/util/brand.ts';
import { call, graphOf } from '../execgraph/call-graphs.ts';
import { hostileNames } from '../flamegraph/hostile-names.ts';
import { noChromium } from '../support/machine.ts';
import { unless } from '../support/unless.ts';
import { Chromium } from './chromium.ts';

const test = suite('exec graph in Chromium');
const inBrowser = unless(noChromium, test);

const leaves = (count: number, names: number): ReturnType<typeof call>[] =>
  Array.from({ length: count }, (_, at) =>
    call(`leaf${at % names}`, at, at + 40, [], {
      host: `10.0.0.${at % 5}`,
      returnValue: at % 17 === 3 ? 1 : 0,
    }),
  );

const graphs: Readonly<Record<string, ExecGraph>> = {
  'one call': graphOf([call('only', 0, 5)]),
  'five calls': graphOf([call('root', 0, 100, leaves(4, 4))]),
  'fifty calls': graphOf([
    call(
      'root',
      0,
      500,
      [0, 1, 2, 3, 4].map((at) => call(`part${at}`, 0, 400, leaves(9, 9))),
    ),
  ]),
  'ten thousand calls': graphOf([call('root', 0, 20_000, leaves(9_999, 300))]),
  'hostile names': graphOf([
    call(
      hostileNames[0] ?? '',
      0,
      100,
      hostileNames.map((name) => call(name, 1, 90, [], { host: name, output: name, user: name })),
    ),
  ]),
};

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

interface Text extends Box {
  readonly text: string;
}

interface Seen {
  readonly box: Box;
  readonly calls: readonly {
    readonly title: string;
    readonly box: Box | null;
    readonly inside: readonly Text[];
  }[];
  readonly texts: readonly Text[];
  readonly hacked: boolean;
}

/** Runs in the page: where everything came to lie. */
const look = `(() => {
  const place = (element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    return { left, right, top, bottom };
  };
  const textsIn = (element) =>
    [...element.querySelectorAll('text')].map((text) => ({ text: text.textContent, ...place(text) }));
  const calls = [...document.querySelectorAll('g.call')].map((group) => {
    const box = group.querySelector('rect.box');
    const title = group.querySelector('title')?.textContent ?? '';
    return { title, box: box === null ? null : place(box), inside: textsIn(group) };
  });
  return { box: place(document.documentElement), calls, texts: textsIn(document), hacked: 'hacked' in window };
})()`;

function isInside(inner: Box, outer: Box): boolean {
  return (
    inner.left >= outer.left - 1 &&
    inner.right <= outer.right + 1 &&
    inner.top >= outer.top - 1 &&
    inner.bottom <= outer.bottom + 1
  );
}

for (const [name, graph] of Object.entries(graphs)) {
  inBrowser(
    `${name}: valid SVG, no box over another, no text out of its box, every box has a title`,
    async () => {
      const svg = await renderPicture(measureGraph(graph), { title: name });
      await using chromium = await Chromium.start();
      const page = await chromium.open(await chromium.file('graph.svg', svg));
      assert.is(await page.locator('parsererror').count(), 0);
      const { box: whole, calls, texts, hacked } = trusted<Seen>(await page.evaluate(look));
      assert.is(hacked, false);
      assert.ok(calls.length > 0);
      for (const { title, box, inside } of calls) {
        assert.ok(title !== '' && box !== null);
        if (box === null) continue;
        assert.ok(isInside(box, whole), `out of the page: ${title}`);
        for (const { text, ...place } of inside) assert.ok(isInside(place, box), `out of its box: ${text}`);
      }
      for (const { text, ...place } of texts) assert.ok(isInside(place, whole), `out of the page: ${text}`);
      const boxes = calls.flatMap(({ box }) => (box === null ? [] : [box]));
      boxes.forEach((one, at) => {
        for (const other of boxes.slice(at + 1)) {
          const isApart =
            one.right <= other.left ||
            other.right <= one.left ||
            one.bottom <= other.top ||
            other.bottom <= one.top;
          assert.ok(isApart, `overlap: ${JSON.stringify([one, other])}`);
        }
      });
      assert.equal(chromium.complaints, []);
    },
  );
}

test.run();
