import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bestName, demangledNames } from '../../../src/profile/symbols/demangled-names.ts';
import { readPerfMap } from '../../../src/profile/symbols/perf-map.ts';
import { rangeTable } from '../../../src/profile/symbols/range-table.ts';

const lines = [
  '7f0000001000 20 JS:first file.js:1:2',
  '0x7f0000001040  10  aot_func#3',
  'no line',
  '7f0000002000 10 ab',
  '7f0000003000 ',
  'ffffffffffff0000 10 too_high',
  '7f0000004000 8 cut_but_whole',
];

test('reads addresses with and without 0x, and names with spaces; short names are left out as perf does it', () => {
  const ranges = readPerfMap(Buffer.from(lines.join('\n')));
  assert.equal(
    ranges.map(({ start, sizeBytes, name }) => [start.toString(16), sizeBytes, name]),
    [
      ['7f0000001000', 0x20, 'JS:first file.js:1:2'],
      ['7f0000001040', 0x10, 'aot_func#3'],
      ['7f0000004000', 8, 'cut_but_whole'],
    ],
  );
});

test('a file cut anywhere is read as far as it goes', () => {
  const whole = Buffer.from(lines.join('\n'));
  for (let length = 0; length <= whole.length; length += 1)
    assert.ok(readPerfMap(whole.subarray(0, length)).length <= 3);
});

test('a table of ranges', () => {
  const table = rangeTable(readPerfMap(Buffer.from(lines.join('\n'))));
  const nameAt = (address: number) => table.name(table.find(address));
  assert.is(nameAt(0x7f000000101f), 'JS:first file.js:1:2');
  assert.is(table.find(0x7f0000001020), -1);
  assert.is(nameAt(0x7f0000001040), 'aot_func#3');
});

test('all mangled names go through one call, and others through none', async () => {
  const calls: (readonly string[])[] = [];
  const readable = await demangledNames(
    ['_Z1av', 'main', '_Z1av', '_RNvC1a1b', '_Z_no', '_Z2\n'],
    (names) => {
      calls.push(names);
      return Promise.resolve(names.map((name) => (name === '_Z_no' ? name : `${name}!`)));
    },
  );
  assert.equal(calls, [['_Z1av', '_RNvC1a1b', '_Z_no']]);
  assert.equal([...readable.keys()], ['_Z1av', '_RNvC1a1b']);
  assert.is((await demangledNames(['_Z1av'], () => Promise.resolve([]))).size, 0);
});

test('of several names the best is chosen by how they read', () => {
  const readable = new Map([
    ['_ZN4llvm11GlobalValue18copyAttributesFromEPKS0_', 'llvm::GlobalValue::copyAttributesFrom'],
    ['_ZN4llvm11GlobalValue19destroyConstantImplEv', 'llvm::GlobalValue::destroyConstantImpl'],
  ]);
  const [first, second] = [...readable.keys()];
  assert.is(bestName([first ?? '', second ?? ''], readable), 'llvm::GlobalValue::destroyConstantImpl');
  assert.is(bestName(['__long_name', '_short'], new Map()), '_short');
  assert.is(bestName(['SyS_read', 'sys_read'], new Map()), 'sys_read');
});

test.run();
