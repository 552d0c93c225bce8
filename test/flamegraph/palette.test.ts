import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { frameKinds } from '../../src/flamegraph/frame-kinds.ts';
import { darkPalette, lightPalette } from '../../src/flamegraph/palette.ts';
import { blended, contrast, difference, visions } from './colour-vision.ts';

// A reader matches a frame with the legend across the picture, so kinds must differ far more than just noticeably.
const clearlyApart = 12;

for (const [theme, palette] of Object.entries({ light: lightPalette, dark: darkPalette })) {
  test(`${theme}: labels are readable on every shade`, () => {
    for (const kind of frameKinds) {
      for (const shade of palette.shades[kind]) {
        const ratio = contrast(palette.label, shade);
        assert.ok(ratio >= 4.5, `${kind} ${shade}: ${ratio.toFixed(2)}`);
      }
    }
  });

  test(`${theme}: changes are readable, and more and less look different to everybody`, () => {
    for (const fill of Object.values(palette.changes)) {
      assert.ok(contrast(palette.label, fill) >= 4.5, `${fill}: ${contrast(palette.label, fill).toFixed(2)}`);
    }
    const { same, more1, more2, more3, less1, less2, less3 } = palette.changes;
    for (const [name, vision] of Object.entries(visions)) {
      for (const more of [more1, more2, more3]) {
        for (const less of [less1, less2, less3])
          assert.ok(difference(more, less, vision) > clearlyApart, name);
      }
      for (const strong of [more3, less3]) assert.ok(difference(strong, same, vision) > clearlyApart, name);
    }
  });

  test(`${theme}: labels stay readable on callers of a zoomed frame and on what a search did not find`, () => {
    for (const shade of frameKinds.flatMap((kind) => palette.shades[kind])) {
      const caller = contrast(palette.text, blended(shade, palette.page, palette.callerOpacity));
      assert.ok(caller >= 4.5, `caller ${shade}: ${caller.toFixed(2)}`);
      const unmatched = contrast(palette.muted, blended(shade, palette.page, palette.unmatchedOpacity));
      assert.ok(unmatched >= 4.5, `unmatched ${shade}: ${unmatched.toFixed(2)}`);
    }
  });

  test(`${theme}: texts are readable on the page`, () => {
    for (const key of ['text', 'muted', 'alert'] as const) {
      assert.ok(contrast(palette[key], palette.page) >= 4.5, key);
    }
  });

  test(`${theme}: frames stand out from the page`, () => {
    for (const kind of frameKinds) {
      for (const shade of palette.shades[kind]) {
        assert.ok(difference(shade, palette.page, visions['normal'] ?? []) > 6, `${kind} ${shade}`);
      }
    }
  });

  for (const [name, vision] of Object.entries(visions)) {
    test(`${theme}: no shade of one kind looks like one of another (${name})`, () => {
      const code = frameKinds.filter((kind) => kind !== 'root');
      for (const [i, kind] of code.entries()) {
        for (const other of code.slice(i + 1)) {
          for (const a of palette.shades[kind]) {
            for (const b of palette.shades[other]) {
              const apart = difference(a, b, vision);
              assert.ok(apart > clearlyApart, `${kind} ${a} and ${other} ${b}: ${apart.toFixed(1)}`);
            }
          }
        }
      }
    });
  }

  test(`${theme}: shades of a kind can be told apart by their neighbours`, () => {
    for (const kind of frameKinds.filter((each) => each !== 'root' && each !== 'unknown')) {
      const shades = palette.shades[kind];
      for (const [i, shade] of shades.entries()) {
        for (const other of shades.slice(i + 1))
          assert.ok(difference(shade, other, visions['normal'] ?? []) > 1.5);
      }
    }
  });
}

test('the colour mathematics is that of the specifications', () => {
  assert.is(contrast('#000000', '#ffffff').toFixed(2), '21.00');
  assert.is(contrast('#777777', '#ffffff').toFixed(2), '4.48');
  assert.is(difference('#000000', '#ffffff', visions['normal'] ?? []).toFixed(1), '100.0');
});

test.run();
