import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { elidedName } from '../../src/util/function-name.ts';

const at = (name: string, columns: number): string =>
  elidedName(
    name,
    (text) => text.length <= columns,
    (text) => `${text.slice(0, Math.max(0, columns - 1))}…`,
  );

/** Names as they come from the world, and their labels at several widths. */
const labels: readonly (readonly [name: string, byWidth: Readonly<Record<number, string>>])[] = [
  ['void apply<&(sq(int))>(int)', { 24: 'apply<&(sq(int))>(…)', 14: 'apply‹…›(…)', 6: 'apply', 4: 'app…' }],
  [
    'svc::__func<std::bind<void (acme::Engine::*)(acme::Batch const&), acme::Engine*>, std::allocator<int>>::commit_alpha',
    { 40: 'svc::__func‹…›::commit_alpha', 24: '…::commit_alpha', 12: 'commit_alpha', 8: 'commit_…' },
  ],
  [
    '(anonymous namespace)::fooBarBaz(int, char const*)',
    { 40: '(anonymous namespace)::fooBarBaz(…)', 20: '…::fooBarBaz(…)' },
  ],
  ['app::Worker::{lambda(int)#1}::operator()(int) const', { 40: 'Worker::{lambda(int)#1}::operator()(…)' }],
  [
    'bool std::operator< <char>(std::string const&, std::string const&)',
    { 40: 'std::operator< <char>(…)', 20: 'std::operator<' },
  ],
  ['ns::T::operator<<(std::ostream&)', { 24: 'ns::T::operator<<(…)', 14: 'T::operator<<' }],
  ['Foo::operator->() const', { 18: 'Foo::operator->()' }],
  ['ns::A::operator bool() const', { 24: 'ns::A::operator bool()' }],
  [
    'std::function<void (int)>::operator()(int) const',
    { 40: 'std::function‹…›::operator()(…)', 24: 'function::operator()' },
  ],
  ['std::enable_if<(4) < (8), void>::type copy<int>(int)', { 24: 'copy<int>(…)', 8: 'copy' }],
  ['work(int) [clone .constprop.0]', { 24: 'work(…)' }],
  ['non-virtual thunk to A::very_long_method_name(int)', { 40: 'A::very_long_method_name(int)' }],
  ['<alloc::vec::Vec<T> as core::iter::Iterator>::next', { 24: '…::next' }],
  [
    'core::ptr::drop_in_place<alloc::string::String>::h0123456789abcdef',
    { 60: 'core::ptr::drop_in_place<alloc::string::String>', 24: '…::ptr::drop_in_place‹…›' },
  ],
  ['std::rt::lang_start::{{closure}}', { 28: '…::lang_start::{{closure}}', 23: 'lang_start::{{closure}}' }],
  [
    'github.com/acme/long/server.(*Handler).ServeHTTP',
    { 40: 'server.(*Handler).ServeHTTP', 20: '(*Handler).ServeHTTP', 10: 'ServeHTTP' },
  ],
  [
    'org/apache/fs/Path.normalizePath(Ljava/lang/String;)V',
    { 24: 'Path.normalizePath', 14: 'normalizePath' },
  ],
  ['JS:*driveTheThing file:///home/me/src/index.js:12:34', { 30: 'JS:*driveTheThing', 13: 'driveTheThing' }],
  ['aVeryLongPlainFunction', { 12: 'aVeryLongPl…' }],
];

test('what distinguishes least goes first', () => {
  for (const [name, byWidth] of labels) {
    assert.is(at(name, name.length), name);
    for (const [columns, label] of Object.entries(byWidth)) assert.is(at(name, Number(columns)), label, name);
  }
});

test('a label fits, whatever the name is', () => {
  const piece = fc.constantFrom(
    'a',
    '::',
    '<',
    '>',
    '(',
    ')',
    '{',
    '}',
    'operator',
    ' ',
    '->',
    '/',
    '.',
    'JS:',
    '*',
    '…',
    'é',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), fc.integer({ min: 3, max: 30 }), (pieces, columns) => {
      const label = at(pieces.join(''), columns);
      assert.ok(label.length <= columns, label);
    }),
    { numRuns: 3000 },
  );
});

test('the work is in proportion to the name', () => {
  const [columns, times] = [20, 5000];
  const pumped = ['a<', 'a::', 'operator<', '(', 'a ', '{lambda(', ') ', 'a/', 'JS:', '< '].map((one) =>
    one.repeat(times),
  );
  pumped.push('<'.repeat(times) + ')'.repeat(times), '('.repeat(times) + '>'.repeat(times));
  for (const name of pumped) {
    let seen = 0;
    elidedName(
      name,
      (text) => {
        seen += text.length;
        return text.length <= columns;
      },
      (text) => `${text.slice(0, columns - 1)}…`,
    );
    assert.ok(seen <= 12 * name.length, `${name.slice(0, 10)}…: ${seen} characters for ${name.length}`);
  }
});

test.run();
