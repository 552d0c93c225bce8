import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseSession } from '../../src/bench/session.ts';
import { drawRecording } from '../../src/monitor/plot/draw-recording.ts';
import { stretchesOf } from '../../src/monitor/plot/time-axis.ts';
import { parseRecording, recordingHead, sampleRecord } from '../../src/monitor/recording.ts';
import { TaskError } from '../../src/util/errors.ts';

const begin = Date.UTC(2026, 0, 1, 12, 0, 0);
const head = {
  host: 'w1',
  started: new Date(begin).toISOString(),
  intervalMs: 1000,
  clock: { wallMs: begin, monotonicMs: 5000 },
  program: null,
};
const charts = [
  {
    title: 'CPU',
    quantity: 'percent' as const,
    most: 100,
    lines: [
      { id: 'u', label: 'user' },
      { id: 's', label: 'system' },
    ],
  },
  { title: 'Odd <&"\u0007', quantity: 'bytes/s' as const, most: undefined, lines: [{ id: 'x', label: 'x' }] },
];
const away = { sinceMs: begin + 3000, why: 'nobody listens' };
const text = [
  recordingHead(head, charts),
  ...[1, 2, 3, 4, 5].map((second) => {
    const values: Record<string, number> = second === 3 ? {} : { u: second, s: 2, x: second * 1024 };
    return JSON.stringify(
      sampleRecord({ timeMs: begin + second * 1000, values }, second === 3 ? away : undefined),
    );
  }),
  '',
].join('\n');

test('what was written is read again', () => {
  const { history, outages: gaps, host } = parseRecording(text, 'r.jsonl');
  assert.is(host, 'w1');
  assert.equal(history.charts, charts);
  assert.equal(history.valuesOf('u'), [1, 2, undefined, 4, 5]);
  assert.equal(gaps, [{ fromMs: begin + 3000, toMs: begin + 3000, why: 'nobody listens' }]);
});

test('cut at every byte: read as far as lines are whole, or refused in words', () => {
  for (let end = 0; end < text.length; end += 1) {
    try {
      assert.ok(parseRecording(text.slice(0, end), 'r.jsonl').history.length < 6);
    } catch (error) {
      assert.instance(error, TaskError);
    }
  }
});

test('what is no recording', () => {
  for (const [wrong, words] of [
    ['{}\n', /line 1: format/],
    ['hello\n', /line 1: it is not JSON/],
    [`${text}{"time":"x"}\n`, /line 7: time/],
    [`${recordingHead(head, charts)}\n`, /no sample/],
  ] as const)
    assert.throws(
      () => parseRecording(wrong, 'r.jsonl'),
      (error: unknown) => error instanceof TaskError && words.test(error.message),
    );
});

test('a gap breaks a line; many samples become stretches that keep their extremes', () => {
  assert.equal(
    stretchesOf([1, 2, 3], [5, undefined, 7], 10).map(({ piece }) => piece),
    [0, 1],
  );
  fc.assert(
    fc.property(
      fc.array(fc.option(fc.integer({ min: -1000, max: 1000 }), { nil: undefined }), {
        minLength: 1,
        maxLength: 300,
      }),
      fc.integer({ min: 1, max: 50 }),
      (values, most) => {
        const known = values.filter((value) => value !== undefined);
        const stretches = stretchesOf(
          values.map((_, at) => at),
          values,
          most,
        );
        assert.ok(stretches.length <= most);
        if (known.length === 0) return assert.is(stretches.length, 0);
        assert.is(Math.max(...stretches.map(({ high }) => high)), Math.max(...known));
        assert.is(Math.min(...stretches.map(({ low }) => low)), Math.min(...known));
      },
    ),
  );
});

const session = (started: number) =>
  parseSession(
    JSON.stringify({
      format: 'faasm-tasks benchmark',
      version: 1,
      started: new Date(started).toISOString(),
      ended: new Date(started + 2500).toISOString(),
      versions: { tasks: '1', node: '1', v8: '1' },
      machine: {
        host: 'w1',
        kernel: '',
        arch: '',
        cpuModel: '',
        cpus: 2,
        memoryBytes: 1,
        governor: null,
        turbo: null,
        load: [],
        perfParanoid: null,
        virtual: false,
      },
      engine: { name: 'embedded', label: '', path: '', sha256: '' },
      commit: null,
      spec: { path: 's', text: '', lines: [{ user: 'demo', func: 'echo', runs: 1, input: '', line: 1 }] },
      settings: { repeats: 1, warmup: 0, targetError: null, timeoutSeconds: null, seed: 1 },
      blocks: [{ line: 0, repeat: 1, firstRow: 0, started: new Date(started).toISOString() }],
    }),
    'o.csv.json',
  );

test("a picture with a benchmark's runs over it", async () => {
  const recording = parseRecording(text, 'r.jsonl');
  const bench = { session: session(begin + 1500), displayName: 'o.csv' };
  const svg = await drawRecording(recording, { title: 'T & U', width: 800, bench });
  assert.match(svg, /T &amp; U/);
  assert.match(svg, 'demo/echo');
  assert.match(svg, 'KiB/s');
  assert.match(svg, 'did not answer');
  assert.not.match(svg, /NaN|undefined|\u0007/);
});

test('a benchmark of another time is refused', async () => {
  const recording = parseRecording(text, 'r.jsonl');
  const bench = { session: session(begin + 99_000), displayName: 'o.csv' };
  try {
    await drawRecording(recording, { title: '', width: 800, bench });
    assert.unreachable();
  } catch (error) {
    assert.instance(error, TaskError);
    assert.match(String(error), 'o.csv was not measured while this was recorded');
  }
});

test.run();
