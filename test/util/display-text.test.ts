import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { displayText, escapeXml, isolate, shortened } from '../../src/util/display-text.ts';

/** The Char production of XML 1.0, https://www.w3.org/TR/xml/#charsets. */
const xmlChars = /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u;
const anyText = fc.string({ unit: 'binary', maxLength: 40 });
const anyUnits = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units));

test('whatever the name, what is shown is XML', () => {
  fc.assert(fc.property(fc.oneof(anyText, anyUnits), (name) => assert.match(displayText(name), xmlChars)));
});

test('ordinary names are shown as they are', () => {
  for (const name of ['ns::Foo<int>::bar(unsigned long) const &&', 'größe', '火', '🔥', '', ' ']) {
    assert.is(displayText(name), name);
  }
});

test('nothing that is replaced disappears', () => {
  assert.is(displayText('a\0b\nc\x7fd\x85e\u202ef'), 'a␀b␊c␡d\\u{85}e\\u{202e}f');
  assert.is(displayText('\ud800x\udc00\ufffe'), '\ufffdx\ufffd\ufffd');
});

test('escaped text holds no markup', () => {
  fc.assert(
    fc.property(anyText, (name) => {
      const escaped = escapeXml(name);
      assert.not.match(escaped, /[<>"]|&(?!(amp|lt|gt|quot);)/);
      const back = escaped
        .replace(/&lt;/g, '<')
        .replace(/&gt;/g, '>')
        .replace(/&quot;/g, '"');
      assert.is(back.replace(/&amp;/g, '&'), name);
    }),
  );
});

test('right-to-left names are fenced off, others untouched', () => {
  assert.is(isolate('שלום'), '\u2068שלום\u2069');
  assert.is(isolate('main'), 'main');
});

test('a shortened name keeps both ends and whole characters', () => {
  assert.is(shortened('abcdefghi', 9), 'abcdefghi');
  assert.is(shortened('abcdefghij', 6), 'abcd … ij');
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.integer({ min: 3, max: 30 }),
      (name, most) => {
        const text = shortened(name, most);
        assert.ok(text.length <= most + 3);
        assert.is(displayText(text).includes('\ufffd'), name.includes('\ufffd') && text.includes('\ufffd'));
      },
    ),
  );
});

test.run();
