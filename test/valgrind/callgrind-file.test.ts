import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TaskError } from '../../src/util/errors.ts';
import { isCallgrind, readCallgrind } from '../../src/valgrind/callgrind-file.ts';

/** The example of the specification, grown by what real files have: compressed names and positions, jumps, a second part. */
const sample = `# callgrind format
version: 1
creator: by hand
pid: 77
cmd: ./prog one two
part: 1

positions: instr line
events: Cycles Instructions Flops
summary: 250 120 10

ob=(1) /bin/prog
fl=(1) file1.c
fn=(1) main
0x1000 15 90 14 2
+4 +1 20
jcnd=1/2 +8 +3
* *
fi=(2) inlined.h
+2 -3 5 5
fe=(1)
cfn=(2) func1
calls=1 0x50
0x1010 16 100 40 8
cob=(2) /lib/x.so
cfi=(3) y.c
cfn=(3) shared
calls=2 20
* * 35 10

fn=(2)
0x50 20 100 40 8

ob=(2)
fl=(3)
fn=(3)
0x70 5 35

totals: 250 99 18
part: 2
ob=(1)
fl=(1)
fn=(1)
0x1000 15 7
totals: 7 0 0
`;

const read = async (text: string, event?: string) =>
  await readCallgrind([Buffer.from(text)], { displayName: 'it', event });

test('names, positions, calls and parts', async () => {
  const file = await read(sample);
  assert.is(file.event, 'Cycles');
  assert.equal(file.events, ['Cycles', 'Instructions', 'Flops']);
  assert.is(file.pid, 77);
  assert.is(file.command, './prog one two');
  assert.is(file.announced, 257);
  assert.equal(
    file.graph.functions.map(({ name, object, file: source }, at) => [
      name,
      object,
      source,
      file.graph.self[at],
    ]),
    [
      ['main', '/bin/prog', 'file1.c', 122],
      ['func1', '/bin/prog', 'file1.c', 100],
      ['shared', '/lib/x.so', 'y.c', 35],
    ],
  );
  assert.equal(file.graph.edges, [
    { from: 0, to: 1, count: 1, cost: 100 },
    { from: 0, to: 2, count: 2, cost: 35 },
  ]);
  assert.is(file.total, 257);
});

test('another event', async () => {
  const file = await read(sample, 'Flops');
  assert.equal(file.graph.self, [2, 8, 0]);
  assert.is(file.announced, 18);
  try {
    await read(sample, 'Ir');
    assert.unreachable();
  } catch (error) {
    assert.instance(error, TaskError);
    assert.match(error instanceof TaskError ? error.hints.join() : '', '--event=Flops');
  }
});

test('a callee without its file is the one of that name', async () => {
  const text = `events: Ir\nfl=a.c\nfn=main\n1 1\ncfn=other\ncalls=1 1\n1 9\nfl=b.c\nfn=other\n2 9\n`;
  const { graph } = await read(text);
  const other = graph.functions.findIndex(({ name, file }) => name === 'other' && file === 'b.c');
  assert.is(graph.edges[0]?.to, other);
});

test('one chunk or many', async () => {
  const bytes = Buffer.from(sample);
  const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
  assert.equal(await readCallgrind(single, { displayName: 'it' }), await read(sample));
});

test('cut at every byte: less, or an error that says so', async () => {
  const whole = await read(sample);
  for (let end = 0; end < sample.length; end += 1) {
    try {
      const cut = await read(sample.slice(0, end));
      assert.ok(cut.total <= whole.total, `${end}`);
    } catch (error) {
      assert.instance(error, TaskError, `${end}: ${error}`);
    }
  }
});

test('what is none of callgrind: errors with a line number', async () => {
  for (const [text, message] of [
    ['', /not what callgrind writes/],
    ['main;caller;callee 12\n', /not what callgrind writes/],
    ['<?xml version="1.0"?>\n', /not what callgrind writes/],
    ['events: Ir\nfn=f\n1 1\n\u0000garbage\n2 2\n', /line 4/],
    ['events: Ir\n1 1\n', /line 2/],
    ['events: Ir\nfn=f\n1 -5\n2 2\n', /line 3/],
  ] as const) {
    try {
      await read(text);
      assert.unreachable(text);
    } catch (error) {
      assert.instance(error, TaskError);
      assert.match(String(error), message);
    }
  }
});

test('known by its first bytes', () => {
  assert.is(isCallgrind(Buffer.from(sample).subarray(0, 16)), true);
  assert.is(isCallgrind(Buffer.from('main;callee 12\n#')), false);
  assert.is(isCallgrind(new Uint8Array()), false);
});

test.run();
