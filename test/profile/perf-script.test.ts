import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { perfScriptSource } from '../../src/profile/perf-script.ts';
import type { RawFrame, SampledThread, SourceReport } from '../../src/profile/samples.ts';
import { TaskError } from '../../src/util/errors.ts';
import { withinProcessorSeconds } from '../support/processor-time.ts';

interface Seen {
  readonly report: SourceReport;
  readonly samples: readonly {
    thread: SampledThread | undefined;
    period: number;
    frames: (RawFrame | undefined)[];
  }[];
  readonly frameCount: number;
}

async function read(
  text: string | readonly Uint8Array[],
  options: { event?: string; allEvents?: boolean } = {},
): Promise<Seen> {
  const known: RawFrame[] = [];
  const threads: SampledThread[] = [];
  const samples: { thread: SampledThread | undefined; period: number; frames: (RawFrame | undefined)[] }[] =
    [];
  const chunks = typeof text === 'string' ? [Buffer.from(text, 'latin1')] : text;
  const report = await perfScriptSource(chunks, { ...options, name: 'x.txt' }).read({
    frame: (frame) => known.push(frame),
    thread: (thread) => threads.push(thread),
    sample: (thread, period, frames, depth) => {
      const chain = [...frames.subarray(0, depth)].map((frame) => known[frame]);
      samples.push({ thread: threads[thread], period, frames: chain });
    },
  });
  return { report, samples, frameCount: known.length };
}

async function failure(promise: Promise<unknown>): Promise<TaskError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof TaskError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

const twoSamples = `node 10/11 [003] 1.000001:    250 cpu-clock:u: 
\t          401136 main+0x10 (/usr/bin/my (odd) app)
\t    7f12ab34cd56 f(int)+0x1 (/memfd:v8 (deleted))

V8 Worker 12 1.000002: cpu-clock:u: 
\t          401136 main+0x10 (/usr/bin/my (odd) app)

`;

test('threads, periods and frames, each announced once', async () => {
  const { samples, report, frameCount } = await read(twoSamples);
  assert.equal(samples[0]?.thread, { comm: 'node', pid: 10, tid: 11 });
  assert.equal(samples[1]?.thread, { comm: 'V8 Worker', pid: undefined, tid: 12 });
  assert.equal(
    samples.map((sample) => sample.period),
    [250, 1],
  );
  assert.equal(samples[0]?.frames[1], {
    pc: '7f12ab34cd56',
    symbol: 'f(int)+0x1',
    dso: '/memfd:v8 (deleted)',
  });
  assert.is(frameCount, 2);
  assert.equal(
    { ...report, events: [...report.events] },
    { samples: 2, event: 'cpu-clock:u', events: [['cpu-clock:u', 2]], filteredSamples: 0, skippedLines: 0 },
  );
});

test('any cut into chunks reads the same', async () => {
  const whole = await read(twoSamples);
  const bytes = Buffer.from(twoSamples, 'latin1');
  for (let cut = 1; cut < bytes.length; cut += 1) {
    assert.equal(
      (await read([bytes.subarray(0, cut), bytes.subarray(cut)])).samples,
      whole.samples,
      `at ${cut}`,
    );
  }
});

test('a text cut anywhere is read as far as it goes', async () => {
  const { samples } = await read(twoSamples);
  for (let end = 60; end < twoSamples.length; end += 1) {
    const cut = await read(twoSamples.slice(0, end));
    assert.equal(cut.samples, samples.slice(0, cut.samples.length));
  }
});

test('the first event is delivered, others are counted; --event-filter takes another', async () => {
  const text = `${twoSamples}node 10/11 1.0: 9 cycles:P: \n\t 1 f+0x1 (x)\n\n`;
  const first = await read(text);
  assert.equal(
    [...first.report.events],
    [
      ['cpu-clock:u', 2],
      ['cycles:P', 1],
    ],
  ); // prettier-ignore
  assert.is(first.report.filteredSamples, 1);
  const second = await read(text, { event: 'cycles:P' });
  assert.equal(
    second.samples.map((sample) => sample.period),
    [9],
  );
  assert.is(second.report.filteredSamples, 2);
});

test('all events are delivered where that is asked for', async () => {
  const line = (event: string): string => `node 7/7 1.0: 10 ${event}:\n\t  1f main (/bin/node)\n\n`;
  const text = line('cpu_core/cycles/') + line('cpu_atom/cycles/') + line('cpu_core/cycles/');
  const { samples, report } = await read(text, { allEvents: true });
  assert.is(samples.length, 3);
  assert.is(report.samples, 3);
  assert.is(report.filteredSamples, 0);
  assert.is((await read(text)).samples.length, 2);
});

test('what is not understood is counted, never fatal', async () => {
  const { report, samples } = await read(
    `nonsense\n${twoSamples}\t\nmore nonsense\n\u00ff\u0000\n\n${twoSamples}`,
  );
  assert.is(samples.length, 4);
  assert.is(report.skippedLines, 4);
});

test('a line of megabytes is dropped without being kept', async () => {
  const piece = Buffer.alloc(1 << 18, 'x');
  const chunks = [
    Buffer.from(twoSamples),
    ...Array.from({ length: 40 }, () => piece),
    Buffer.from(`\n${twoSamples}`),
  ];
  const { report, samples } = await read(chunks);
  assert.is(samples.length, 4);
  assert.is(report.skippedLines, 1);
});

test('hostile lines take time in proportion to their length', async () => {
  await withinProcessorSeconds(60, async () => {
    for (const part of ['1', ' ', '/', ' 1', '(', ' (', ':', ') (', ' 1:']) {
      await read(`${twoSamples}ab${part.repeat(900_000 / part.length)}x\n`);
      await read(`${twoSamples}\t${part.repeat(900_000 / part.length)}x\n`);
    }
  });
});

test('more distinct lines than are remembered still read right', async () => {
  const count = 300_000;
  const header = 'node 10/11 1.0: 1 cycles: \n';
  function* chunks(): Generator<Buffer> {
    for (let i = 0; i < count; i += 1000) {
      const lines = Array.from(
        { length: 1000 },
        (_, k) => `${header}\t ${i + k} f${i + k}+0x1 (x)\n\t 1 main (x)\n\n`,
      );
      yield Buffer.from(lines.join(''));
    }
  }
  const known: string[] = [];
  let wrong = 0;
  let sample = 0;
  await perfScriptSource(chunks()).read({
    frame: (frame) => known.push(frame.symbol),
    thread: () => {},
    sample: (_, __, frames, depth) => {
      const right =
        depth === 2 && known[frames[0] ?? -1] === `f${sample}+0x1` && known[frames[1] ?? -1] === 'main';
      if (!right) wrong += 1;
      sample += 1;
    },
  });
  assert.is(sample, count);
  assert.is(wrong, 0);
});

test('another kind of file is refused, with what to type', async () => {
  const text = await failure(read('main;f 12\nmain;g 3\n'));
  assert.match(text.message, /Could not read x\.txt: it is not the text that `perf script` prints/);
  assert.match(text.hints.join(), /perf script/);
  assert.match((await failure(read('PERFILE2\0\0\0'))).message, /perf\.data/);
  assert.match((await failure(read('\x7fELF\0\0\0'))).message, /binary/);
  assert.is((await read('')).report.samples, 0);
});

test.run();
