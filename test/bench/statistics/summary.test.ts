import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Series } from '../../../src/bench/series.ts';
import { randomFrom } from '../../../src/bench/statistics/distributions.ts';
import { summarise, type TimeSummary } from '../../../src/bench/statistics/summary.ts';

function summary(times: Iterable<number>, seed = 1): TimeSummary {
  const series: Series = {
    user: 'demo',
    func: 'echo',
    input: undefined,
    runUs: Float64Array.from(times),
    resetUs: undefined,
    failures: 0,
    unusable: 0,
  };
  const { run } = summarise(series, { seed });
  if (run === undefined) throw new Error('no summary');
  return run;
}

function made(
  runs: number,
  time: (i: number, normal: () => number, uniform: () => number) => number,
): number[] {
  const random = randomFrom(5);
  return Array.from({ length: runs }, (_, i) => time(i, random.normal, random.uniform));
}

test('the same seed gives the same interval, another one nearly the same', () => {
  const times = made(200, (_, normal) => 100 + 5 * normal());
  assert.equal(summary(times), summary(times));
  const [one, other] = [summary(times).interval, summary(times, 2).interval];
  assert.is.not(one?.low, undefined);
  assert.ok(Math.abs((one?.low ?? 0) - (other?.low ?? 1)) < 0.3);
});

test('one run has no interval; none no summary; equal runs an interval of nothing', () => {
  assert.is(summary([7]).interval, undefined);
  assert.is(summary([7]).medianUs, 7);
  const empty = {
    user: 'a',
    func: 'b',
    input: undefined,
    runUs: new Float64Array(0),
    failures: 3,
    unusable: 2,
  };
  const none = summarise({ ...empty, resetUs: new Float64Array(0) }, { seed: 1 });
  assert.equal([none.run, none.reset, none.failures, none.unusable], [undefined, undefined, 3, 2]);
  const equal = summary(new Array(100).fill(5));
  assert.equal([equal.interval?.low, equal.interval?.high, equal.madUs], [5, 5, 0]);
  assert.is(equal.peaks, undefined);
  assert.is(summary([0, 0]).perSecond, undefined);
  assert.is(summary([1000, 3000]).perSecond, 500);
});

test('two peaks, where they are and how much is in them', () => {
  const [lower, upper] =
    summary(made(500, (_, normal, uniform) => (uniform() < 0.3 ? 120 : 100) + 2 * normal())).peaks ?? [];
  assert.ok(Math.abs((lower?.us ?? 0) - 100) < 2 && Math.abs((upper?.us ?? 0) - 120) < 2);
  assert.ok(Math.abs((upper?.share ?? 0) - 0.3) < 0.08);
  assert.is(summary(made(500, (_, normal) => Math.exp(normal()))).peaks, undefined);
  assert.is(summary(made(500, (_, normal) => Math.round(30 + normal()))).peaks, undefined);
});

test('drift: its size and direction, and none in noise', () => {
  const rising = summary(made(400, (i, normal) => 100 + (10 * i) / 400 + normal())).drift;
  assert.ok(rising?.isClear === true && Math.abs(rising.change - 0.095) < 0.01, `${rising?.change}`);
  const falling = summary(made(400, (i, normal) => 100 - (10 * i) / 400 + normal())).drift;
  assert.ok(falling?.isClear === true && falling.change < -0.08);
  assert.is(summary(made(400, (_, normal) => 100 + normal())).drift?.isClear, false);
});

test('warm-up: how long, how slow, and the single cold first run', () => {
  const slowStart = summary(made(300, (i, normal) => (i < 40 ? 150 : 100) + normal())).warmUp;
  assert.ok(Math.abs((slowStart?.steadyAfter ?? 0) - 40) <= 5, `${slowStart?.steadyAfter}`);
  assert.ok(Math.abs((slowStart?.warmUpOverSteady ?? 0) - 1.5) < 0.05);
  const cold = summary(made(300, (i, normal) => (i === 0 ? 500 : 100) + normal())).warmUp;
  assert.is(cold?.steadyAfter, 1);
  assert.ok(Math.abs((cold?.firstOverSteady ?? 0) - 5) < 0.1);
  assert.is(summary(made(300, (_, normal) => 100 + normal())).warmUp?.steadyAfter, 0);
});

test('runs that resemble each other are worth fewer, and the interval knows', () => {
  const steps = made(2000, (_, normal) => normal());
  let state = 0;
  const walk = steps.map((step) => {
    state = 0.9 * state + Math.sqrt(1 - 0.81) * step;
    return 100 + 5 * state;
  });
  // An autoregression with 0.9 is worth a (1 - 0.9) / (1 + 0.9) of its length: 105.
  const dependent = summary(walk);
  assert.ok(dependent.effectiveRuns > 50 && dependent.effectiveRuns < 200, `${dependent.effectiveRuns}`);
  const independent = summary(steps.map((step) => 100 + 5 * step));
  assert.ok(independent.effectiveRuns > 1500);
  const width = ({ interval }: TimeSummary) => (interval?.high ?? 0) - (interval?.low ?? 0);
  assert.ok(width(dependent) > 2.5 * width(independent));
});

const anyTimes = fc.array(fc.double({ min: 0, max: 1e12, noNaN: true }), { minLength: 1, maxLength: 200 });

test('property: quantiles are in order, the interval holds the median, every run is in the histogram once', () => {
  fc.assert(
    fc.property(anyTimes, (times) => {
      const { runs, minUs, medianUs, p90Us, p99Us, maxUs, interval, histogram, effectiveRuns, outliers } =
        summary(times);
      const order = [minUs, interval?.low ?? minUs, medianUs, p90Us, p99Us, maxUs];
      for (const [i, value] of order.entries()) assert.ok(i === 0 || value >= (order[i - 1] ?? 0));
      assert.ok(interval === undefined || interval.high >= medianUs);
      const counted = histogram.counts.reduce((sum, count) => sum + count, histogram.below + histogram.above);
      assert.is(counted, runs);
      assert.ok(histogram.counts.every((count) => count >= 0));
      assert.is(histogram.edgesUs.length, histogram.counts.length + 1);
      assert.ok(effectiveRuns > 0 && effectiveRuns <= runs);
      for (const count of Object.values(outliers)) assert.ok(count >= 0);
    }),
    { numRuns: 300 },
  );
});

test('a million runs, in noise and in one long ramp: no bootstrap', () => {
  for (const slope of [0, 1e-4]) {
    const times = made(1_000_000, (i, normal) => 100 + slope * i + normal());
    const { interval } = summary(times);
    assert.is(interval?.method, 'order-statistics');
  }
});

test.run();
