import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kindNumber } from '../../src/flamegraph/frame-kinds.ts';
import { layOut } from '../../src/flamegraph/layout.ts';
import { boxTree, neighbour, packBoxes, unpackBoxes } from '../../src/flamegraph/page-data.ts';
import { find, matchingNames, patternProblem } from '../../src/flamegraph/search.ts';
import type { CallTree } from '../../src/stacks/call-tree.ts';
import { demo, stacks, treeOf } from './trees.ts';

function pageOf(tree: CallTree, narrowest = 0) {
  const layout = layOut(tree, 'samples', narrowest);
  const boxes = unpackBoxes(packBoxes({ ...layout, name: layout.frame }));
  return {
    layout,
    boxes,
    tree: boxTree(boxes),
    names: tree.frames.map((frame) => frame.name),
    kinds: tree.frames.map((frame) => kindNumber(frame.kind)),
  };
}

const page = pageOf(demo);

function search(term: string, ignoreCase = false, within = 0) {
  const names = matchingNames(term, ignoreCase, page.names, page.kinds);
  const { value, self } = find(page, names, within);
  return { value, self, names: page.names.filter((_, i) => names[i] === 1) };
}

test('boxes survive packing, whatever was left out', () => {
  fc.assert(
    fc.property(stacks, fc.integer({ min: 0, max: 60 }), (input, narrowest) => {
      const { layout, boxes } = pageOf(treeOf(input), narrowest);
      for (const key of ['depth', 'start', 'value', 'self'] as const) {
        assert.equal(Array.from(boxes[key]), Array.from(layout[key]), key);
      }
    }),
  );
});

test('a kind finds all its frames and nothing that only has the word in its name', () => {
  const wasm = search('wasm');
  assert.equal(wasm.names, ['echo', 'validate', 'checksum(unsigned char const*)']);
  assert.is(wasm.value, 800);
  assert.is(wasm.self, 700);
  assert.equal(search('kind:wasm'), wasm);
  assert.equal(search('kind:root').names, ['runner']);
  assert.equal(search('root').names, []);
  assert.equal(search('kernel').names, ['page_fault']);
  assert.is(search('unknown').value, 40);
  assert.equal(search('WASM', true), wasm);
});

test('anything but a kind alone is a regular expression over names', () => {
  assert.equal(search('[Ww]asm').names, ['WasmModule::load']);
  assert.equal(search('^main$|load').names, ['main', 'WasmModule::load']);
});

test('case counts unless told otherwise', () => {
  assert.is(search('ECHO').value, 0);
  assert.is(search('ECHO', true).value, 800);
});

test('a sample whose stack matches twice counts once', () => {
  assert.is(search('echo|validate').value, 800);
  assert.is(search('.').value, 1000);
});

test('a share can be of the zoomed frame alone', () => {
  const loader = Array.from({ length: page.boxes.count }, (_, box) => box).find(
    (box) => page.names[page.boxes.name[box] ?? 0] === 'ld.so',
  );
  assert.is(search('page_fault', false, loader).value, 60);
  assert.is(search('page_fault').value, 160);
});

test('a broken expression is explained without repeating it', () => {
  const cases: readonly [string, RegExp][] = [
    ['(', /^Not a regular expression: Unterminated group$/],
    ['a/b[', /^Not a regular expression: Unterminated character class$/],
    ['*', /^Not a regular expression: Nothing to repeat$/],
  ];
  for (const [term, expected] of cases) {
    try {
      search(term);
      assert.unreachable();
    } catch (error) {
      assert.match(patternProblem(error), expected);
    }
  }
});

test('arrow keys walk to callees, callers and siblings', () => {
  const walk = (keys: readonly string[], inverted = false) =>
    keys.reduce((box, key) => neighbour(page.boxes, page.tree, box, key, inverted), 0);
  const nameAt = (box: number) => page.names[page.boxes.name[box] ?? 0];
  const up = 'ArrowUp';
  assert.is(nameAt(walk([up, up])), 'main');
  assert.is(nameAt(walk([up, up, up, up])), 'echo');
  assert.is(nameAt(walk([up, up, 'ArrowLeft', 'ArrowLeft'])), '[libc.so]');
  assert.is(
    nameAt(walk([up, up, 'ArrowLeft', 'ArrowLeft', 'ArrowRight', 'ArrowRight', 'ArrowRight'])),
    'main',
  );
  assert.is(nameAt(walk([up, up, 'ArrowDown'])), 'runner');
  assert.is(nameAt(walk(['ArrowDown', 'ArrowDown'], true)), 'main');
  assert.is(walk(['ArrowDown', 'ArrowLeft', 'ArrowRight']), 0);
});

test.run();
