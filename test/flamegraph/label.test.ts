import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { labelFor, leastLabelledPx } from '../../src/flamegraph/geometry.ts';

// A cell of 10 px and the padding of 4 px on both sides: room for n characters is 8 + 10 n.
const label = (name: string, cells: number) => labelFor(name, 8 + 10 * cells, 10);

test('a name that fits is whole', () => {
  assert.is(label('memcpy', 6), 'memcpy');
  assert.is(label('火火', 4), '火火');
  assert.is(label('f', 1), 'f');
});

test('a name that does not fit ends in an ellipsis', () => {
  assert.is(label('memcpy', 5), 'memc…');
  assert.is(label('memcpy', 3), 'me…');
});

test('under three characters only whole names are shown', () => {
  assert.is(label('memcpy', 2), '');
  assert.is(label('at', 2), 'at');
  assert.is(label('memcpy', 0), '');
});

test('wide characters take two cells and are never cut in two', () => {
  assert.is(label('火火火火', 6), '火火…');
  assert.is(label('🔥🔥🔥🔥', 5), '🔥🔥…');
});

test('combining marks take no cell and stay with their letter', () => {
  assert.is(label('e\u0301e\u0301e\u0301', 3), 'e\u0301e\u0301e\u0301');
  assert.is(label('e\u0301e\u0301e\u0301e\u0301', 3), 'e\u0301e\u0301…');
});

test('the least labelled width has room for a letter, and one under it has not', () => {
  assert.is(labelFor('f', leastLabelledPx + 1), 'f');
  assert.is(labelFor('f', leastLabelledPx), '');
});

test.run();
