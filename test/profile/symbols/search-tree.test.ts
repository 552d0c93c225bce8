import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SearchTree } from '../../../src/profile/symbols/search-tree.ts';

test('finds what a list finds after any insertions and removals of ranges that do not overlap', () => {
  const slots = 60;
  const starts = Float64Array.from({ length: slots }, (_, i) => i * 10);
  const ends = Float64Array.from({ length: slots }, (_, i) => i * 10 + 1 + (i % 10));
  fc.assert(
    fc.property(fc.array(fc.nat(slots - 1), { maxLength: 200 }), (toggles) => {
      const tree = new SearchTree(starts, ends);
      const present = new Set<number>();
      for (const slot of toggles) {
        if (present.delete(slot)) tree.remove(slot);
        else {
          tree.insert(slot);
          present.add(slot);
        }
      }
      for (let address = 0; address < slots * 10; address += 1) {
        const slot = Math.floor(address / 10);
        const expected = present.has(slot) && address < (ends[slot] ?? 0) ? slot : -1;
        assert.is(tree.find(address), expected);
      }
    }),
    { numRuns: 300 },
  );
});

test('an empty range holds its start', () => {
  const tree = new SearchTree(Float64Array.of(5, 9), Float64Array.of(5, 12));
  tree.insert(0);
  tree.insert(1);
  assert.equal(
    [4, 5, 6, 9, 11, 12].map((address) => tree.find(address)),
    [-1, 0, -1, 1, 1, -1],
  );
});

test.run();
