import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { measureGraph } from '../../src/execgraph/measure.ts';
import { type TraceEvent, traceEvents } from '../../src/execgraph/trace-events.ts';
import { call, graphOf } from './call-graphs.ts';

const other = { host: '10.0.0.2' };

function slices(events: readonly TraceEvent[]): TraceEvent[] {
  return events.filter(({ ph }) => ph === 'X');
}

test('hosts are processes, calls complete events in microseconds since the root began', () => {
  const graph = graphOf([call('main', 1000, 1100, [call('work', 1010, 1050, [], other)])]);
  const { traceEvents: events } = traceEvents(measureGraph(graph));
  assert.equal(
    events.filter(({ name }) => name === 'process_name').map(({ pid, args }) => [pid, args?.['name']]),
    [
      [1, '10.0.0.1'],
      [2, '10.0.0.2'],
    ],
  );
  assert.equal(
    slices(events).map(({ name, ts, dur, pid, tid }) => ({ name, ts, dur, pid, tid })),
    [
      { name: 'demo/main', ts: 0, dur: 100_000, pid: 1, tid: 1 },
      { name: 'demo/work', ts: 10_000, dur: 40_000, pid: 2, tid: 1 },
    ],
  );
});

test('an arrow leaves the caller inside its slice and arrives at the start of the call', () => {
  const early = call('early', 990, 1050, [], other);
  const { traceEvents: events, otherData } = traceEvents(
    measureGraph(graphOf([call('main', 1000, 1100, [early])])),
  );
  assert.is(otherData['rootStartUs'], 10_000);
  const [start, finish] = events.filter(({ ph }) => ph === 's' || ph === 'f');
  assert.equal([start?.ts, start?.pid, finish?.ts, finish?.pid, finish?.bp], [10_000, 1, 0, 2, 'e']);
  assert.is(start?.id, finish?.id);
});

test('slices of one thread never overlap', () => {
  const children = Array.from({ length: 200 }, (_, i) =>
    call('leaf', (i * 37) % 400, ((i * 37) % 400) + (i % 23)),
  );
  const { traceEvents: events } = traceEvents(measureGraph(graphOf([call('main', 0, 500, children)])));
  const ends = new Map<string, number>();
  for (const { pid, tid, ts = 0, dur = 0 } of slices(events).sort((a, b) => (a.ts ?? 0) - (b.ts ?? 0))) {
    const thread = `${pid}/${tid}`;
    assert.ok(ts >= (ends.get(thread) ?? 0), `${thread} is busy at ${ts}`);
    ends.set(thread, ts + dur);
  }
});

test('return value, path, failure and missing times are told', () => {
  const failed = call('bad', 10, 60, [], { returnValue: 42, output: 'Call failed' });
  const lost = call('lost', 0, 0, [], { isMissing: true, id: 99 });
  const { traceEvents: events } = traceEvents(measureGraph(graphOf([call('main', 0, 60, [failed, lost])])));
  const [main, bad, missing] = slices(events);
  assert.is(main?.args?.['returnValue'], 0);
  assert.is(bad?.args?.['returnValue'], 42);
  assert.is(bad?.args?.['critical'], true);
  assert.is(missing?.args?.['critical'], false);
  assert.is(missing?.name, 'call 99 (missing)');
  assert.equal([missing?.ts, missing?.dur], [0, 60_000]);
});

test.run();
