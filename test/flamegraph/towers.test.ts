import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { foldedRows, towerName, towersOf } from '../../src/flamegraph/towers.ts';
import type { FrameKind } from '../../src/stacks/call-tree.ts';

/** Boxes in preorder from lines such as `  engine`: two blanks a row; the whole is row 0. */
function drawing(text: string): {
  boxes: { count: number; depth: Uint32Array };
  kindOf: (box: number) => FrameKind;
} {
  const kinds: Readonly<Record<string, FrameKind>> = {
    e: 'engine',
    w: 'wasm',
    n: 'native',
    k: 'kernel',
    p: 'root',
  };
  const lines = text.trimEnd().split('\n');
  const depth = Uint32Array.from(lines, (line) => line.search(/\S/) + 1);
  return {
    boxes: { count: lines.length + 1, depth: Uint32Array.from([0, ...depth]) },
    kindOf: (box) => kinds[lines[box - 1]?.trim() ?? ''] ?? 'root',
  };
}

test('the frames between the process and the first WebAssembly are one, side branches stand on it', () => {
  // 1 process, 2-5 the way to wasm (6), 7 a side branch of 4, 8 one of 2.
  const { boxes, kindOf } = drawing('p\n n\n  e\n   e\n    e\n     w\n    k\n  k\n');
  const towers = towersOf(boxes, kindOf);
  assert.equal(towers, [[2, 3, 4, 5]]);
  assert.is(towerName(towers[0] ?? []), 'engine · 4 frames');
  const { rows, row, isWithin } = foldedRows(boxes, towers);
  assert.equal([...row], [0, 1, 2, 2, 2, 2, 3, 3, 3]);
  assert.equal([...isWithin], [0, 0, 0, 1, 1, 1, 0, 0, 0]);
  assert.is(rows, 4);
  assert.equal([...foldedRows(boxes, []).row], [...boxes.depth], 'opened, everything is where it was');
});

test('between two pieces of WebAssembly too; where ways part a tower ends', () => {
  const between = drawing('p\n w\n  e\n   e\n    e\n     w\n');
  assert.equal(towersOf(between.boxes, between.kindOf), [[3, 4, 5]]);
  const parted = drawing('p\n e\n  e\n   e\n    e\n     w\n    w\n');
  assert.equal(towersOf(parted.boxes, parted.kindOf), [[2, 3, 4]]);
});

test('nothing is folded without WebAssembly above it, nor chains of two', () => {
  for (const text of [
    'p\n e\n  e\n   e\n    e\n',
    'p\n e\n  e\n   w\n',
    'p\n w\n  e\n   e\n    e\n     k\n',
  ]) {
    const { boxes, kindOf } = drawing(text);
    assert.equal(towersOf(boxes, kindOf), []);
  }
});

test.run();
