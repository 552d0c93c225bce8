import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseMinWidth } from '../../src/flamegraph/layout.ts';
import { type FlameGraphOptions, renderFlameGraph } from '../../src/flamegraph/svg.ts';
import type { CallTree } from '../../src/stacks/call-tree.ts';
import { difference } from '../../src/stacks/difference.ts';
import { UsageError } from '../../src/util/errors.ts';
import { unless } from '../support/unless.ts';
import { demo, type Stack, stacks, treeOf } from './trees.ts';

function svgOf(tree: CallTree, options: Partial<FlameGraphOptions> = {}): string {
  return [...renderFlameGraph(tree, { title: 'demo/echo', ...options })].join('');
}

interface DrawnBox {
  readonly title: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

function drawn(svg: string, pattern: RegExp): DrawnBox[] {
  return Array.from(svg.matchAll(pattern), ({ groups = {} }) => ({
    title: groups['title'] ?? '',
    x: Number(groups['x']),
    y: Number(groups['y']),
    width: Number(groups['width']),
  }));
}

const ours =
  /<rect class="\w\d" x="(?<x>[\d.]+)" y="(?<y>[\d.]+)" width="(?<width>[\d.]+)" height="17"><title>(?<title>[^<]*)<\/title>/g;
const perls =
  /<title>(?<title>[^<]*)<\/title><rect x="(?<x>[\d.]+)" y="(?<y>[\d.]+)" width="(?<width>[\d.]+)"/g;

const flamegraphPl = [
  ...(process.env['FLAMEGRAPH_DIR'] === undefined
    ? []
    : [join(process.env['FLAMEGRAPH_DIR'], 'flamegraph.pl')]),
  '/usr/share/perl5/Devel/NYTProf/flamegraph.pl',
].find((path) => existsSync(path));

function perl(input: readonly Stack[], flags: readonly string[]): DrawnBox[] {
  const folded = input.map(([stack, samples]) => `${stack.join(';')} ${samples}`).join('\n');
  const { stdout, status, stderr } = spawnSync('perl', [flamegraphPl ?? '', ...flags], {
    input: folded,
    encoding: 'utf8',
  });
  assert.is(status, 0, stderr);
  return drawn(stdout, perls);
}

interface ComparableBox extends DrawnBox {
  readonly percent: number;
}

/** Boxes in reading order, freed of the tools' different sizes: rows counted from the root, a picture 1000 wide. */
function comparable(boxes: readonly DrawnBox[], rowPx: number, sidePx: number): ComparableBox[] {
  const root = boxes.find((box) => box.title.startsWith('all '));
  const scale = 1000 / (1200 - 2 * sidePx);
  return boxes
    .map((box) => ({
      title: box.title.replace('(1 samples', '(1 sample').replace(/ [\d.]+%\)$/, ''),
      percent: Number(/([\d.]+)%\)$/.exec(box.title)?.[1]),
      x: (box.x - sidePx) * scale,
      y: Math.round((box.y - (root?.y ?? 0)) / rowPx),
      width: box.width * scale,
    }))
    .sort((a, b) => a.y - b.y || a.x - b.x);
}

for (const flags of [[], ['--inverted'], ['--reverse']] as const) {
  const noScript =
    flamegraphPl === undefined ? 'there is no flamegraph.pl (apt: libdevel-nytprof-perl)' : undefined;
  unless(noScript, test)(`draws the boxes that flamegraph.pl ${flags.join(' ')} draws`, () => {
    fc.assert(
      fc.property(stacks, (input) => {
        const unique = new Map(input.map((each) => [each[0].join(';'), each]));
        const merged = [...unique.values()];
        const options = {
          width: 1200,
          inverted: flags[0] === '--inverted',
          reverse: flags[0] === '--reverse',
        };
        const mine = comparable(drawn(svgOf(treeOf(merged), options), ours), 18, 12);
        const theirs = comparable(perl(merged, flags), 16, 10);
        const words = (boxes: readonly DrawnBox[]) => boxes.map((box) => `${box.y} ${box.title}`);
        assert.equal(words(mine), words(theirs));
        for (const [i, box] of theirs.entries()) {
          const own = mine[i] ?? { x: -9, width: -9, percent: -9 };
          assert.ok(Math.abs(own.x - box.x) < 0.3, `${box.title} at ${box.x}, not ${own.x}`);
          assert.ok(
            Math.abs(own.width - box.width) < 0.9,
            `${box.title}: ${box.width} wide, not ${own.width}`,
          );
          // Perl rounds 3.125 to 3.12, JavaScript to 3.13.
          assert.ok(Math.abs(own.percent - box.percent) < 0.011, `${box.title}: ${own.percent}`);
        }
      }),
      { numRuns: 25 },
    );
  });
}

test('the same profile and options give the same bytes', () => {
  assert.is(svgOf(demo), svgOf(demo));
});

test('a tooltip has name, count and per cent', () => {
  assert.match(svgOf(demo), '<title>checksum(unsigned char const*) (250 samples, 25.00%)</title>');
  const weighted = svgOf(demo, { metric: 'weight', unit: 'ns' });
  assert.match(weighted, '<title>checksum(unsigned char const*) (250 µs, 25.00%)</title>');
});

test('the legend has each kind that occurs with its share', () => {
  const kinds = Array.from(
    svgOf(demo).matchAll(/<text x="\d+" y="\d+">(\w+ [\d.]+%)</g),
    (match) => match[1],
  );
  assert.equal(kinds, ['wasm 70.00%', 'engine 10.00%', 'kernel 16.00%', 'unknown 4.00%']);
});

test('says how much is too narrow to be drawn', () => {
  const svg = svgOf(demo, { minWidth: parseMinWidth('5%') });
  assert.match(svg, 'Not drawn: 1 frame under 5% of the whole, 4.00% of the whole.');
  assert.not.match(svg, '<title>[libc.so]');
  assert.not.match(svgOf(demo), 'Not drawn');
});

test('the minimum width is pixels or per cent, and nothing else', () => {
  assert.equal(parseMinWidth('0.1'), { value: 0.1, unit: 'px' });
  assert.equal(parseMinWidth('2px'), { value: 2, unit: 'px' });
  assert.equal(parseMinWidth('.5%'), { value: 0.5, unit: '%' });
  for (const wrong of ['', 'wide', '-1', '1em', '101%', '1e3', '0.1.2', 'NaN']) {
    assert.throws(
      () => parseMinWidth(wrong),
      (error: unknown) => error instanceof UsageError,
      wrong,
    );
  }
});

test('subtitle and notes are drawn, escaped', () => {
  const svg = svgOf(demo, { subtitle: 'a < b', notes: ['lost & found'] });
  assert.match(svg, '>a &lt; b<');
  assert.match(svg, '>lost &amp; found<');
});

test('a differential graph says both shares, in words, marks and colours', () => {
  const before = treeOf([
    [['root:p', 'old<'], 100],
    [['root:p', 'kept'], 100],
  ]);
  const after = treeOf([
    [['root:p', 'kept'], 100],
    [['root:p', 'new'], 300],
  ]);
  const { tree, ...rest } = difference(before, after);
  const svg = svgOf(tree, { sides: { names: ['a & b', 'c'], ...rest } });
  assert.match(svg, '<rect class="less3"');
  assert.match(svg, 'old&lt; (a &amp; b 50.00%, c 0.00%: gone)</title>');
  assert.match(svg, 'new (a &amp; b 0.00%, c 75.00%: new)</title>');
  assert.match(svg, 'kept (a &amp; b 50.00%, c 25.00%: 25.00 points less, a factor of 0.50)</title>');
  assert.match(svg, '>+ new</text>');
  assert.match(svg, '>- old&lt;</text>');
  assert.match(svg, '<rect class="same"');
});

test('an empty profile is still a picture', () => {
  assert.match(svgOf(treeOf([])), '<title>all (0 samples, 0%)</title>');
});

test.run();
