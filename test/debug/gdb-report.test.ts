import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readGdbReport } from '../../src/debug/gdb-report.ts';
import { stackText } from '../../src/debug/stack-text.ts';

const stop = { event: 'breakpoint', n: 3, thread: { number: 2, name: 'worker', of: 4 }, frames: [] };
const text = `${JSON.stringify(stop)}\n{"event":"exited","code":7}\n{"event":"loaded","objects":1,"others":2}\n`;

test('events are read; a line that a kill cut off is left out, wherever it was', () => {
  assert.is(readGdbReport(text).length, 3);
  assert.equal(readGdbReport(text)[0], stop);
  for (let end = 0; end <= text.length; end++) {
    const lines = text.slice(0, end).split('\n').length - 1;
    assert.is(readGdbReport(text.slice(0, end)).length, lines);
  }
});

const line = (name: string, symbol = ''): { name: string; symbol: string; place: string } => ({
  name,
  symbol,
  place: '',
});

test('mutual recursion is folded, short repetition is not', () => {
  const frames = ['a', 'b', 'c', 'b', 'c', 'b', 'c', 'd', 'd'].map((name) => line(name, `s${name}`));
  assert.equal(stackText(frames), [
    '  #0  a  sa',
    '  #1  b  sb',
    '  #2  c  sc',
    '      … the 2 frames above, 2 more times',
    '  #7  d  sd',
    '  #8  d  sd',
  ]);
});

test('the names of the host do not push the columns of the function away', () => {
  const long = `host::${'x'.repeat(50)}`;
  assert.equal(stackText([line('short', 'functionDef1'), line(long)]), [
    '  #0  short  functionDef1',
    `  #1  ${long}`,
  ]);
  assert.equal(stackText([]), []);
});

test.run();
