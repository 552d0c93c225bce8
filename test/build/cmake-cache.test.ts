import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isOn, parseCmakeCache } from '../../src/build/cmake-cache.ts';

const text = [
  '# This is the CMakeCache file.',
  '//Help text: with A:B=C in it',
  'CMAKE_BUILD_TYPE:STRING=Debug',
  'FLAGS:STRING=-DX=1 -Wl,--a=b',
  '"odd:key":BOOL=ON',
  "PADDED:STRING='  two  '",
  'EMPTY:PATH=',
  'X-ADVANCED:INTERNAL=1',
  'FAASM_PERF_PROFILING:UNINITIALIZED=ON',
].join('\n');

test('entries of every kind, comments passed over', () => {
  assert.equal(Object.fromEntries(parseCmakeCache(text)), {
    CMAKE_BUILD_TYPE: 'Debug',
    FLAGS: '-DX=1 -Wl,--a=b',
    'odd:key': 'ON',
    PADDED: '  two  ',
    EMPTY: '',
    'X-ADVANCED': '1',
    FAASM_PERF_PROFILING: 'ON',
  });
});

test('cut anywhere: fewer entries or a shorter last value, never an error', () => {
  const whole = parseCmakeCache(text);
  for (let end = 0; end < text.length; end++) {
    const part = parseCmakeCache(text.slice(0, end));
    for (const key of part.keys()) assert.ok(whole.has(key), `${key} at ${end}`);
  }
});

test("on is what CMake's if() takes for on", () => {
  for (const value of ['ON', '1', 'yes', 'TRUE', 'y', '42']) assert.ok(isOn(value), value);
  for (const value of ['OFF', '0', '', 'NO', 'x-NOTFOUND', undefined])
    assert.not.ok(isOn(value), String(value));
});

test.run();
