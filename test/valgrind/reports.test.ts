import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TaskError } from '../../src/util/errors.ts';
import { readCachegrind } from '../../src/valgrind/cachegrind-file.ts';
import { readCheckerReport } from '../../src/valgrind/checker-report.ts';
import { peakOf, readMassif } from '../../src/valgrind/massif-file.ts';

const frame = (ip: string, fn: string, rest = ''): string =>
  `<frame><ip>${ip}</ip>${fn === '' ? '' : `<fn>${fn}</fn>`}${rest}</frame>`;
const report = `<?xml version="1.0"?>

<valgrindoutput>
<protocolversion>4</protocolversion>
<pid>12</pid>
<tool>memcheck</tool>
<status><state>RUNNING</state></status>
<error>
  <unique>0x0</unique>
  <kind>InvalidRead</kind>
  <what>Invalid read of size 4</what>
  <stack>${frame('0x10', 'std::vector&lt;int&gt;::at', '<obj>/bin/p</obj><file>p.c</file><line>7</line>')}${frame('0xB19A0D0', '')}</stack>
  <auxwhat>Address 0x1 is not stack'd</auxwhat>
</error>
<errorcounts><pair><count>1</count><unique>0x0</unique></pair></errorcounts>
<fatal_signal><signo>11</signo><signame>SIGSEGV</signame></fatal_signal>
<error>
  <unique>0x1</unique>
  <kind>Leak_DefinitelyLost</kind>
  <xwhat><text>100 bytes in 1 blocks are definitely lost</text><leakedbytes>100</leakedbytes><leakedblocks>1</leakedblocks></xwhat>
  <stack>${frame('0x20', 'malloc', '<obj>/x/vgpreload_memcheck.so</obj>')}</stack>
</error>
<errorcounts><pair><count>41</count><unique>0x0</unique></pair></errorcounts>
<suppcounts><pair><count>3</count><name>mine</name></pair></suppcounts>
</valgrindoutput>
`;

test('a report: errors, how often, what was suppressed, the signal', () => {
  const found = readCheckerReport(report, 'it');
  assert.is(found.isWhole, true);
  assert.is(found.signal, 'SIGSEGV');
  assert.equal(found.suppressed, [{ name: 'mine', count: 3 }]);
  assert.equal(
    found.errors.map(({ kind, count, leakedBytes }) => [kind, count, leakedBytes]),
    [
      ['InvalidRead', 41, 0],
      ['Leak_DefinitelyLost', 1, 100],
    ],
  );
  assert.equal(found.errors[0]?.stacks, [
    {
      words: 'Invalid read of size 4',
      frames: [
        { address: 16, name: 'std::vector<int>::at', object: '/bin/p', file: 'p.c', line: 7 },
        { address: 0xb19a0d0, name: '', object: '', file: '', line: undefined },
      ],
    },
    { words: "Address 0x1 is not stack'd", frames: [] },
  ]);
});

test('cut at every byte: what was whole is kept', () => {
  let most = 0;
  for (let end = 0; end < report.length; end += 1) {
    try {
      const { errors, isWhole } = readCheckerReport(report.slice(0, end), 'it');
      assert.is(isWhole, end >= report.trimEnd().length);
      assert.ok(errors.length >= most);
      most = errors.length;
    } catch (error) {
      assert.instance(error, TaskError, `${end}: ${error}`);
      assert.is(most, 0);
    }
  }
  assert.is(most, 2);
  assert.throws(() => readCheckerReport('<html></html>', 'it'), /not what valgrind writes/);
  assert.throws(() => readCheckerReport('{}', 'it'), /not what valgrind writes/);
});

const massif = `desc: (none)
cmd: ./leak
time_unit: i
#-----------
snapshot=0
#-----------
time=0
mem_heap_B=0
mem_heap_extra_B=0
mem_stacks_B=0
heap_tree=empty
#-----------
snapshot=1
#-----------
time=900
mem_heap_B=300
mem_heap_extra_B=36
mem_stacks_B=0
heap_tree=peak
n2: 300 (heap allocation functions) malloc/new/new[], --alloc-fns, etc.
 n1: 200 0x109183: lose (leak.c:3)
  n0: 200 0x10922F: main (leak.c:5)
 n0: 100 in 4 places, all below massif's threshold (1.00%)
`;

test('massif: the peak and who asked for it', () => {
  const peak = peakOf(readMassif(massif, 'it'));
  assert.is(peak?.time, 900);
  assert.is(peak?.heapBytes, 300);
  assert.equal(
    peak?.tree?.callers.map(({ bytes, address, what }) => [bytes, address, what]),
    [
      [200, 0x109183, 'lose (leak.c:3)'],
      [100, undefined, "in 4 places, all below massif's threshold (1.00%)"],
    ],
  );
  assert.is(peak?.tree?.callers[0]?.callers[0]?.what, 'main (leak.c:5)');
});

const cachegrind = `desc: I1 cache: 32768 B
cmd: ./work
events: Ir I1mr
fl=a.c
fn=main
1 10 1
2 5 .
fl=b.h
fn=main
3 40 2
fn=???
0 7 0
summary: 62 3
`;

test('cachegrind: functions, dearest first', () => {
  const file = readCachegrind(cachegrind, 'it');
  assert.equal(file.events, ['Ir', 'I1mr']);
  assert.equal(file.totals, [62, 3]);
  assert.equal(
    file.functions.map(({ name, file: source, counts }) => [name, source, counts]),
    [
      ['main', 'b.h', [40, 2]],
      ['main', 'a.c', [15, 1]],
      ['???', 'b.h', [7, 0]],
    ],
  );
});

test('massif and cachegrind files cut at every byte', () => {
  for (const [text, read] of [
    [massif, readMassif],
    [cachegrind, readCachegrind],
  ] as const) {
    for (let end = 0; end < text.length; end += 1) {
      try {
        read(text.slice(0, end), 'it');
      } catch (error) {
        assert.instance(error, TaskError, `${end}: ${error}`);
      }
    }
  }
});

test.run();
