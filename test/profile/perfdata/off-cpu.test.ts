import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { SymbolFinder } from '../../../src/profile/perfdata/mapped-code.ts';
import { OffCpu } from '../../../src/profile/perfdata/off-cpu.ts';
import { perfDataSource } from '../../../src/profile/perfdata/perf-data.ts';
import { buildCallTree } from '../../../src/stacks/named-tree.ts';
import { stackLines } from '../../support/stack-lines.ts';
import { comm, fork, kernelSymbol, type MadeRecord, perfData, sample, u64 } from './made-recording.ts';

const folder = mkdtempSync(join(tmpdir(), 'off-cpu-test-'));
const missing = { found: false, reason: 'missing', detail: '' } as const;
const nothing: SymbolFinder = { user: () => missing, perfMap: () => missing, kernel: () => missing };
const kernelAddress = 0xffffffff81000000n;
const kernel = -128n;
const out = 1 << 13;
const preempt = 1 << 14;

function switchRecord(tid: number, time: number, misc = 0): MadeRecord {
  const trailer = Buffer.alloc(8);
  trailer.writeInt32LE(10, 0);
  trailer.writeInt32LE(tid, 4);
  return { type: 14, misc, body: Buffer.concat([trailer, u64(time)]) };
}

function exit(tid: number, time: number): MadeRecord {
  const ids = Buffer.alloc(16);
  for (const [i, id] of [10, 10, tid, tid].entries()) ids.writeInt32LE(id, i * 4);
  return { type: 4, body: Buffer.concat([ids, u64(time), switchRecord(tid, time).body]) };
}

/** A recording of context switches (software event 3), folded by nanoseconds away. */
async function folded(records: readonly MadeRecord[]): Promise<{ text: string; totals: unknown }> {
  const path = join(folder, 'made.data');
  const bytes = perfData(records);
  bytes.writeBigUInt64LE(3n, 104 + 8);
  writeFileSync(path, bytes);
  let totals: unknown;
  const source = perfDataSource(path, { symbols: nothing, displayName: 'made', offCpu: 'only' });
  const { tree } = await buildCallTree({
    read: async (visitor) => {
      const report = await source.read(visitor);
      totals = report.offCpu;
      return report;
    },
  });
  return { text: stackLines(tree, 'weight'), totals };
}

const start: readonly MadeRecord[] = [
  comm(10, 10, 'app', 1),
  kernelSymbol(kernelAddress, 0x100, 'bpf_prog_wait', 1),
];
const leaves = (tid: number, time: number) => sample(10, tid, time, [kernel, kernelAddress + 16n]);

test('from the switch itself to the next switch-in, not from the sample before', async () => {
  const { text, totals } = await folded([
    ...start,
    leaves(10, 100),
    switchRecord(10, 130, out),
    switchRecord(10, 1130),
    leaves(10, 2000),
    switchRecord(10, 2010, out | preempt),
    switchRecord(10, 2017),
  ]);
  assert.is(text, 'app;bpf_prog_wait_[o] 1000\napp;bpf_prog_wait_[o];[waiting for a CPU] 7\n');
  assert.equal(totals, { blockedNs: 1000, preemptedNs: 7, intervals: 2, withoutStack: 0, unfinished: 0 });
});

test('threads that never come back count to the end of the recording; those that ended do not', async () => {
  const { text, totals } = await folded([
    ...start,
    fork(11, 10, 50),
    leaves(10, 100),
    switchRecord(10, 100, out),
    leaves(11, 200),
    switchRecord(11, 200, out),
    exit(11, 300),
    switchRecord(12, 400),
  ]);
  assert.is(text, 'app;bpf_prog_wait_[o] 300\n');
  assert.equal(totals, { blockedNs: 300, preemptedNs: 0, intervals: 1, withoutStack: 0, unfinished: 1 });
});

test('a switch without a stack, a lost switch-out, a switch-in alone', async () => {
  const noStack = await folded([...start, switchRecord(10, 100, out), switchRecord(10, 150)]);
  assert.is(noStack.text, 'app;[off-CPU] 50\n');
  const noOut = await folded([...start, leaves(10, 100), switchRecord(10, 150)]);
  assert.is(noOut.text, 'app;bpf_prog_wait_[o] 50\n');
  const inAlone = await folded([...start, switchRecord(10, 150), leaves(10, 200)]);
  assert.is(inAlone.text, '');
});

test('an idle processor waits for nobody', async () => {
  const { text } = await folded([...start, leaves(0, 100), switchRecord(0, 100, out), switchRecord(0, 900)]);
  assert.is(text, '');
});

test('intervals of a thread never overlap, whatever is lost', () => {
  const step = fc.tuple(
    fc.constantFrom('stack', 'leave', 'back', 'exit', 'fork'),
    fc.integer({ min: 1, max: 3 }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const offCpu = new OffCpu();
      const sums = new Map<number, number>();
      const add = (interval: { thread: number; ns: number } | undefined): void => {
        if (interval === undefined) return;
        assert.ok(interval.ns > 0);
        sums.set(interval.thread, (sums.get(interval.thread) ?? 0) + interval.ns);
      };
      for (const [time, [what, tid]] of steps.entries()) {
        offCpu.tick(time);
        if (what === 'stack') offCpu.stack(tid, tid, new Uint32Array([1]), time);
        else if (what === 'leave') offCpu.leave(tid, tid, false, time);
        else if (what === 'back') add(offCpu.comeBack(tid, time));
        else if (what === 'exit') offCpu.exit(tid);
        else offCpu.fork(tid);
      }
      for (const interval of offCpu.end()) add(interval);
      const { blockedNs, preemptedNs } = offCpu.totals;
      assert.is(
        [...sums.values()].reduce((sum, ns) => sum + ns, 0),
        blockedNs + preemptedNs,
      );
      for (const sum of sums.values()) assert.ok(sum <= steps.length);
    }),
  );
});

test.after(() => rmSync(folder, { recursive: true }));

test.run();
