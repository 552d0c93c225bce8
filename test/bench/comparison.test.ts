import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CompareOptions } from '../../src/bench/change-estimate.ts';
import { type Comparison, compareSeries, failsGate, noiseFloor } from '../../src/bench/comparison.ts';
import type { Series } from '../../src/bench/series.ts';
import { randomFrom } from '../../src/bench/statistics/distributions.ts';

const options: CompareOptions = { threshold: 0.05, falseDiscoveryRate: 0.05, seed: 1 };

function series(times: Iterable<number>, more: Partial<Series> = {}): Series {
  const runUs = Float64Array.from(times);
  return {
    user: 'demo',
    func: 'echo',
    input: undefined,
    runUs,
    resetUs: undefined,
    failures: 0,
    unusable: 0,
    ...more,
  };
}

function noisy(seed: number, runs: number, centre: number, deviation = 0.03): number[] {
  const random = randomFrom(seed);
  return Array.from({ length: runs }, () => centre * Math.exp(deviation * random.normal()));
}

function compared(base: Series, changed: Series, more: Partial<CompareOptions> = {}): Comparison {
  const [only, ...others] = compareSeries([base], [changed], { ...options, ...more });
  assert.is(others.length, 0);
  if (only === undefined) throw new Error('nothing was compared');
  return only;
}

test('the four verdicts', () => {
  const base = series(noisy(1, 200, 100));
  assert.is(compared(base, series(noisy(2, 200, 110))).verdict, 'slower');
  assert.is(compared(base, series(noisy(2, 200, 90))).verdict, 'faster');
  assert.is(compared(base, series(noisy(2, 200, 100))).verdict, 'same');
  const loud = compared(series(noisy(3, 20, 100, 0.4)), series(noisy(4, 20, 105, 0.4)));
  assert.is(loud.verdict, 'noisy');
  assert.ok((loud.needed?.runs ?? 0) > 20 || (loud.needed?.processes ?? 0) > 1);
});

test('the threshold decides what is the same', () => {
  const base = series(noisy(1, 2000, 100, 0.02));
  const changed = series(noisy(2, 2000, 103, 0.02));
  assert.is(compared(base, changed, { processNoise: 0 }).verdict, 'same');
  const strict = compared(base, changed, { processNoise: 0, threshold: 0.01 });
  assert.is(strict.verdict, 'slower');
  assert.is(strict.beyondThreshold, 'certainly');
});

test('one run, no run, zero times: noisy, with the reason', () => {
  const many = series(noisy(1, 50, 100));
  const one = compared(series([100]), many);
  assert.is(one.verdict, 'noisy');
  assert.is(one.interval, undefined);
  assert.equal(one.notes, ['one-run']);
  assert.equal(compared(series([]), many).notes, ['no-runs']);
  const zero = compared(series(new Array(50).fill(0)), many);
  assert.is(zero.verdict, 'noisy');
  assert.is(zero.ratio, undefined);
  assert.equal(zero.notes, ['zero-times']);
  assert.is(compared(series([0, 0, 0]), series([0, 0, 0])).verdict, 'same');
});

test('all runs equal: the same as itself, slower than half of it', () => {
  const constant = (us: number) => series(new Array(30).fill(us));
  assert.is(compared(constant(100), constant(100)).verdict, 'same');
  assert.is(compared(constant(50), constant(100)).verdict, 'slower');
});

test('samples as far apart as can be, of any size, have a p and a verdict', () => {
  for (const runs of [5, 10, 30, 300, 900, 1000, 1100, 5000]) {
    for (const factor of [1.1, 2, 1000]) {
      const { p, pAdjusted, verdict } = compared(
        series(noisy(1, runs, 100, 0.01)),
        series(noisy(2, runs, 100 * factor, 0.01)),
      );
      assert.ok(p >= 0 && p < 0.05 && pAdjusted >= 0 && pAdjusted < 0.05, `p ${p}, ${runs} runs, ${factor}`);
      assert.is(verdict, 'slower', `${runs} runs, ${factor}`);
    }
  }
});

test('processes that differ: many like runs of one process prove nothing, processes do', () => {
  const levels = [97, 104, 99, 102, 95];
  const blockStarts = levels.map((_, i) => i * 100);
  const processes = (factor: number, seed: number) =>
    series(
      levels.flatMap((level, i) => noisy(seed + i, 100, level * factor, 0.005)),
      { blockStarts },
    );
  const same = compared(processes(1, 1), processes(1.03, 11));
  assert.is(same.method, 'processes');
  assert.is(same.verdict, 'noisy');
  assert.ok((same.needed?.processes ?? 0) > 5);
  assert.is(compared(processes(1, 1), processes(1.2, 11)).verdict, 'slower');
  // Next to each other in time: the levels are shared and drop out.
  const paired = compared(processes(1, 1), processes(1.03, 11), { isPaired: true, threshold: 0.01 });
  assert.is(paired.method, 'pairs');
  assert.is(paired.verdict, 'slower');
});

test('forty functions: a p that would do for one does not do for all', () => {
  const pairs = Array.from({ length: 40 }, (_, i) => ({
    base: series(noisy(i, 60, 100, 0.08), { func: `f${i}` }),
    new: series(noisy(1000 + i, 60, i === 0 ? 107 : 100, 0.08), { func: `f${i}` }),
  }));
  const all = compareSeries(
    pairs.map(({ base }) => base),
    pairs.map(({ new: changed }) => changed),
    options,
  );
  assert.is(all.length, 40);
  for (const { p, pAdjusted } of all) assert.ok(pAdjusted >= p);
  assert.ok((all[0]?.pAdjusted ?? 0) > (all[0]?.p ?? 1));
});

test('lines are matched by user, function and input; what only one file has is missing or new', () => {
  const line = (func: string, input: string | undefined, centre: number) =>
    series(noisy(1, 30, centre), { func, input });
  const found = compareSeries(
    [line('a', 'x', 100), line('a', 'y', 200), line('gone', undefined, 1)],
    [line('a', 'y', 200), line('a', undefined, 100), line('new', undefined, 1)],
    options,
  );
  assert.equal(
    found.map(({ func, input, base, new: changed }) => [
      func,
      input,
      Math.round(base.medianUs - changed.medianUs),
    ]),
    [
      ['a', 'x', 0],
      ['a', 'y', 0],
      ['gone', undefined, Number.NaN],
      ['new', undefined, Number.NaN],
    ],
  );
  assert.equal(
    found.map(({ verdict }) => verdict),
    ['same', 'same', 'missing', 'new'],
  );
});

test('a gate opens for what is proved good enough, and for nothing else', () => {
  const fine = series(noisy(1, 200, 100), { func: 'f' });
  const verdictOf = (changed: Series): Comparison => {
    const [found] = compareSeries([fine], [changed], options);
    assert.ok(found);
    return found;
  };
  const cases = [
    ['same', fine],
    ['failed', { ...fine, failures: 1 }],
    ['failed', { ...fine, unusable: 1 }],
    ['failed', { ...fine, runUs: new Float64Array(), failures: 50 }],
    ['cut', { ...fine, isCut: true }],
    ['slower', series(noisy(2, 200, 150), { func: 'f' })],
  ] as const;
  for (const [verdict, changed] of cases) {
    const found = verdictOf(changed);
    assert.is(found.verdict, verdict);
    assert.is(failsGate(found, 'regression', false), verdict !== 'same', verdict);
  }
  const oneRun = verdictOf(series([100], { func: 'f' }));
  assert.is(oneRun.verdict, 'noisy');
  assert.ok(failsGate(oneRun, 'regression', false), 'one run proves nothing');
  for (const alone of [compareSeries([fine], [], options), compareSeries([], [fine], options)]) {
    assert.equal(
      alone.map((one) => failsGate(one, 'regression', false)),
      [true],
    );
    assert.equal(
      alone.map((one) => failsGate(one, 'noisy', true)),
      [false],
    );
  }
  const [base] = compareSeries([{ ...fine, runUs: new Float64Array(), failures: 3 }], [fine], options);
  assert.is(base?.verdict, 'failed', 'nothing to compare with');
});

test('noise floor of a machine compared with itself', () => {
  const again = (seed: number) =>
    series(
      [0, 1, 2, 3, 4, 5].flatMap((i) =>
        noisy(seed + i, 200, 100 * Math.exp(0.03 * randomFrom(seed + i).normal()), 0.001),
      ),
      { blockStarts: [0, 200, 400, 600, 800, 1000] },
    );
  const floor = noiseFloor([again(1)], [again(101)], options);
  assert.is(floor?.pairs, 66);
  assert.is(floor?.falseAlarms, 0);
  assert.ok(Math.abs((floor?.processNoise ?? 0) - 0.03) < 0.012, `${floor?.processNoise}`);
  assert.ok((floor?.smallestChange ?? 0) > (floor?.usualChange ?? 1));
  assert.is(noiseFloor([series([])], [series([])], options), undefined);
});

const times = fc.array(fc.double({ min: 0.01, max: 1e9, noNaN: true }), { minLength: 2, maxLength: 60 });

test('property: the interval holds the ratio, p-values are such, the effect size is the verdict of the pairs', () => {
  fc.assert(
    fc.property(times, times, (a, b) => {
      const { ratio = Number.NaN, interval, p, pAdjusted, mannWhitney } = compared(series(a), series(b));
      const slack = 1 + 1e-9;
      assert.ok(interval !== undefined && interval.low <= ratio * slack && ratio <= interval.high * slack);
      for (const value of [p, pAdjusted, mannWhitney.p]) assert.ok(value >= 0 && value <= 1);
      assert.ok(Math.abs(mannWhitney.cliffsDelta) <= 1);
    }),
    { numRuns: 200 },
  );
});

test('property: other units change nothing', () => {
  fc.assert(
    fc.property(times, times, fc.constantFrom(0.25, 2, 1024), (a, b, factor) => {
      const scaled = (values: readonly number[]) => series(values.map((value) => value * factor));
      const plain = compared(series(a), series(b));
      const other = compared(scaled(a), scaled(b));
      assert.is(other.verdict, plain.verdict);
      assert.ok(Math.abs((other.ratio ?? 0) / (plain.ratio ?? 1) - 1) < 1e-9);
      assert.ok(Math.abs(other.p - plain.p) < 1e-6);
    }),
    { numRuns: 100 },
  );
});

test('property: BASE and NEW exchanged give the inverse ratio and the same effect the other way', () => {
  fc.assert(
    fc.property(times, times, (a, b) => {
      const there = compared(series(a), series(b));
      const back = compared(series(b), series(a));
      assert.ok(Math.abs((there.ratio ?? 0) * (back.ratio ?? 0) - 1) < 1e-9);
      assert.ok(Math.abs(there.mannWhitney.cliffsDelta + back.mannWhitney.cliffsDelta) < 1e-12);
      assert.ok(Math.abs(there.mannWhitney.p - back.mannWhitney.p) < 1e-9);
      if (there.verdict === 'faster' || there.verdict === 'slower')
        assert.is.not(back.verdict, there.verdict);
    }),
    { numRuns: 100 },
  );
});

test('a side with two peaks is named, one with a peak is not', () => {
  const random = randomFrom(3);
  const twoPeaks = noisy(2, 200, 100).map((time) => (random.uniform() < 0.4 ? time * 1.5 : time));
  assert.ok(compared(series(noisy(1, 200, 100)), series(twoPeaks)).notes.includes('two-peaks'));
  assert.ok(compared(series(twoPeaks), series(noisy(1, 200, 100))).notes.includes('two-peaks'));
  assert.not.ok(compared(series(noisy(1, 200, 100)), series(noisy(2, 200, 100))).notes.includes('two-peaks'));
});

test.run();
