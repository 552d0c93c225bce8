import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Graphviz } from '@hpcc-js/wasm-graphviz';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { renderDot } from '../../src/execgraph/dot.ts';
import type { ExecGraph } from '../../src/execgraph/graph.ts';
import { measureGraph } from '../../src/execgraph/measure.ts';
import { hostStyles } from '../../src/execgraph/picture/boxes.ts';
import { renderPicture } from '../../src/execgraph/picture/svg.ts';
import { fittedEms, textEms } from '../../src/picture/font-metrics.ts';
import { pictureToPng } from '../../src/picture/png.ts';
import { hostileNames } from '../flamegraph/hostile-names.ts';
import { call, graphOf } from './call-graphs.ts';

async function svgOf(graph: ExecGraph, title = 'it'): Promise<string> {
  return await renderPicture(measureGraph(graph), { title });
}

function count(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length;
}

test('a box a call, with its numbers; failed, unfinished and critical ones marked; a legend of hosts', async () => {
  const svg = await svgOf(
    graphOf(
      [
        call('root', 0, 100, [
          call('good', 0, 90, [], { host: '10.0.0.2' }),
          call('bad', 0, 10, [], { returnValue: 42 }),
          call('open', undefined, undefined, [], { isMissing: true, id: 4711 }),
        ]),
      ],
      false,
    ),
  );
  assert.is(count(svg, /<g class="call/g), 4);
  assert.match(svg, /demo\/good<.*\n.*90 ms, returned 0<.*\n.*10\.0\.0\.2</);
  assert.match(svg, /class="call failed"[\s\S]*failed \(42\)/);
  assert.match(svg, /class="call unfinished"[\s\S]*?call 4711[\s\S]*?no result yet/);
  assert.match(svg, /class="box"[^>]*stroke-dasharray/);
  assert.match(svg, />10\.0\.0\.1 \(2\)</);
  assert.match(svg, />10\.0\.0\.2 \(1\)</);
  assert.match(svg, />critical path: 100 ms, 90 % on 10\.0\.0\.2</);
});

test('siblings that did the same are one box a host; a page that does not hold those folds over hosts', async () => {
  const maps = (functions: number): ExecGraph =>
    graphOf([
      call(
        'root',
        0,
        500,
        Array.from({ length: 400 }, (_, at) =>
          call(`map${Math.floor(at / 4) % functions}`, at, at + 50, [], { host: `h${at % 4}` }),
        ),
      ),
    ]);
  const few = await svgOf(maps(1));
  assert.is(count(few, /<g class="call/g), 5);
  assert.is(count(few, />×100</g), 4);
  const many = await svgOf(maps(20));
  assert.is(count(many, /<g class="call/g), 21);
  assert.is(count(many, />×20</g), 20);
  assert.match(many, />4 hosts</);
});

test('what is too much is counted, not dropped', async () => {
  const children = Array.from({ length: 3000 }, (_, at) =>
    call(`f${at}`, at, at + 5, [call('below', at, at + 1)]),
  );
  const svg = await svgOf(graphOf([call('root', 0, 4000, children)]));
  const drawn = count(svg, /<g class="call succeeded"/g);
  const hidden = [...svg.matchAll(/>(\d+) more calls?</g)].reduce(
    (sum, [, number]) => sum + Number(number),
    0,
  );
  // The root, and twenty-four abreast in each of the two ranks below it.
  assert.is(drawn, 49);
  assert.is(drawn + hidden, 6001);
});

test('hostile names: XML without control characters, DOT that Graphviz reads back as it was meant', async () => {
  const names = [
    ...hostileNames,
    '"quote"',
    'back\\slash\\n',
    'line\nbreak',
    '<b>html</b>',
    '&amp;',
    '\\',
    '\\"',
    '{|}',
    '\\N\\G',
  ];
  const graphviz = await Graphviz.load();
  for (const name of names) {
    const graph = graphOf([call(name, 0, 9, [call(name, 1, 2, [], { host: name, output: name })])]);
    const svg = await svgOf(graph, name);
    assert.not.match(svg, /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ufffe\uffff]/);
    const dot = renderDot(measureGraph(graph), { title: name });
    const read = JSON.parse(graphviz.layout(dot, 'json', 'dot'));
    assert.is(read.objects.length, 2);
    assert.is(read.edges.length, 1);
  }
  const dot = renderDot(measureGraph(graphOf([call('a\\n"<i>&lt;', 0, 1)])), { title: 't' });
  const plain = graphviz.layout(dot, 'svg', 'dot');
  assert.match(plain, />demo\/a\\n&quot;&lt;i&gt;&amp;lt;</);
});

test('the PNG has text, in the font the layout was measured for', async () => {
  const { Resvg } = await import('@resvg/resvg-js');
  const svg = await svgOf(graphOf([call('root', 0, 100)]));
  const png = await pictureToPng(svg);
  assert.equal([...png.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const without = new Resvg(svg, { fitTo: { mode: 'zoom', value: 2 }, font: { loadSystemFonts: false } });
  assert.ok(png.length > without.render().asPng().length * 1.2);
});

test('widths are those of DejaVu Sans', () => {
  const { resolve } = createRequire(import.meta.url);
  for (const [weight, file] of [
    ['regular', 'DejaVuSans.ttf'],
    ['bold', 'DejaVuSans-Bold.ttf'],
  ] as const) {
    const widths = asciiWidths(readFileSync(resolve(`dejavu-fonts-ttf/ttf/${file}`)));
    widths.forEach((width, at) => {
      const character = String.fromCharCode(0x20 + at);
      assert.ok(Math.abs(textEms(character, weight) - width) < 0.001, character);
    });
  }
});

test('a name that is cut keeps both ends and fits', () => {
  const name = `demo/${'very_'.repeat(50)}long`;
  const short = fittedEms(name, 15, 'bold');
  assert.ok(textEms(short, 'bold') <= 15 && textEms(short, 'bold') > 13, short);
  assert.match(short, /^demo\/very.*….*long$/);
  assert.is(fittedEms('demo/echo', 15, 'bold'), 'demo/echo');
});

test('colours of neighbouring hosts differ in lightness, for print without colour', () => {
  const { calls } = measureGraph(
    graphOf([1, 2, 3, 4, 5, 6, 7, 8].map((at) => call('f', 0, 1, [], { host: `h${at}` }))),
  );
  const lightness = [...hostStyles(calls).values()].map(({ strong }) => luminance(strong));
  for (let at = 1; at < lightness.length; at++) {
    assert.ok(Math.abs((lightness[at] ?? 0) - (lightness[at - 1] ?? 0)) > 0.05, `${at}`);
  }
  for (const { tint } of hostStyles(calls).values()) assert.ok(luminance(tint) > 0.7, tint);
});

/** Relative luminance, WCAG 2. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Advance widths of U+0020 … U+007E, read from a TrueType file: cmap (format 12), hmtx. */
function asciiWidths(font: Buffer): number[] {
  const tables = new Map<string, number>();
  for (let at = 12; at < 12 + 16 * font.readUInt16BE(4); at += 16) {
    tables.set(font.toString('latin1', at, at + 4), font.readUInt32BE(at + 8));
  }
  const [cmap = 0, hmtx = 0, head = 0] = [tables.get('cmap'), tables.get('hmtx'), tables.get('head')];
  const subtables = Array.from({ length: font.readUInt16BE(cmap + 2) }, (_, at) => {
    return cmap + font.readUInt32BE(cmap + 8 + 8 * at);
  });
  const table = subtables.find((at) => font.readUInt16BE(at) === 12) ?? 0;
  const unitsPerEm = font.readUInt16BE(head + 18);
  return Array.from({ length: 95 }, (_, index) => {
    const code = 0x20 + index;
    for (let at = table + 16; ; at += 12) {
      const [first, last] = [font.readUInt32BE(at), font.readUInt32BE(at + 4)];
      if (code < first || code > last) continue;
      return font.readUInt16BE(hmtx + 4 * (font.readUInt32BE(at + 8) + code - first)) / unitsPerEm;
    }
  });
}

test.run();
