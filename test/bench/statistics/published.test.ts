import { sampleCorrelation } from 'simple-statistics';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { randomFrom, xoshiro128 } from '../../../src/bench/statistics/distributions.ts';
import { acceleration, bcaInterval } from '../../../src/bench/statistics/interval.ts';
import { mannWhitney } from '../../../src/bench/statistics/mann-whitney.ts';
import { dip } from '../../../src/bench/statistics/peaks.ts';
import { countOutliers, tukeyFences } from '../../../src/bench/statistics/quantiles.ts';
import { adjustForMany } from '../../../src/util/false-discovery.ts';

const sorted = (...values: number[]) => Float64Array.from(values).sort();

test('xoshiro128** from the state 1, 2, 3, 4 (test vector of rand_xoshiro)', () => {
  const random = xoshiro128(1, 2, 3, 4);
  const expected = [
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
  ];
  assert.equal(
    expected.map(() => random.bits()),
    expected,
  );
});

test('the 15 p-values of Benjamini and Hochberg 1995, section 3.2: four are rejected at 0.05', () => {
  const published = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528,
    0.759, 1,
  ];
  assert.is(adjustForMany(published).filter((p) => p <= 0.05).length, 4);
  assert.is(published.filter((p) => p <= 0.05).length, 9);
});

test('the tortoises and the hare (Mann-Whitney as taught: six against six, U is 25 or 11)', () => {
  const order = 'THHHHHTTTTTH';
  const places = (who: string) => sorted(...[...order].flatMap((one, i) => (one === who ? [i + 1] : [])));
  assert.is(mannWhitney(places('H'), places('T')).u, 25);
  assert.is(mannWhitney(places('T'), places('H')).u, 11);
});

test('critical values of U (Mann and Whitney 1947, table I: P(U <= u) for n = 3, 4, 5)', () => {
  const separated = (m: number, n: number) =>
    mannWhitney(
      sorted(...Array.from({ length: m }, (_, i) => i)),
      sorted(...Array.from({ length: n }, (_, i) => 100 + i)),
    ).p / 2;
  assert.is(separated(3, 3).toFixed(3), '0.050');
  assert.is(separated(4, 4).toFixed(3), '0.014');
  assert.is(separated(5, 5).toFixed(3), '0.004');
});

test("Cliff's delta: 1 and -1 when the samples do not overlap, by hand otherwise", () => {
  assert.is(mannWhitney(sorted(1, 2), sorted(3, 4)).cliffsDelta, 1);
  assert.is(mannWhitney(sorted(3, 4), sorted(1, 2)).cliffsDelta, -1);
  // Of nine pairs the second is larger in 4, smaller in 3, equal in 2.
  const { cliffsDelta } = mannWhitney(sorted(1, 4, 6), sorted(4, 4, 5));
  assert.ok(Math.abs(cliffsDelta - (4 - 3) / 9) < 1e-15);
});

test("Efron and Tibshirani 1993, section 14.2: BCa of the spatial test data's variance is (115.8, 259.6) at 90 %", () => {
  const data = [
    48, 36, 20, 29, 42, 42, 20, 42, 22, 41, 45, 14, 6, 0, 33, 28, 34, 4, 32, 24, 47, 41, 24, 26, 30, 41,
  ];
  const variance = (values: readonly number[]) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  };
  assert.is(variance(data).toFixed(1), '171.5');
  const a = acceleration(Float64Array.from(data, (_, i) => variance(data.filter((_, j) => j !== i))));
  assert.is(a.toFixed(3), '0.061');
  const random = randomFrom(1);
  const replicates = Float64Array.from({ length: 20_000 }, () =>
    variance(data.map(() => data[Math.floor(random.uniform() * data.length)] ?? 0)),
  ).sort();
  const { low, high } = bcaInterval({ estimate: variance(data), replicates, acceleration: a, level: 0.9 });
  // The book used 2,000 resamples; its own figures move by about 4 from seed to seed.
  assert.ok(Math.abs(low - 115.8) < 4 && Math.abs(high - 259.6) < 6, `${low} ${high}`);
});

test("Efron's law schools: the correlation is 0.776, its acceleration -0.076", () => {
  const lsat = [576, 635, 558, 578, 666, 580, 555, 661, 651, 605, 653, 575, 545, 572, 594];
  const gpa = [3.39, 3.3, 2.81, 3.03, 3.44, 3.07, 3.0, 3.43, 3.36, 3.13, 3.12, 2.74, 2.76, 2.88, 2.96];
  assert.is(sampleCorrelation(lsat, gpa).toFixed(3), '0.776');
  const without = (values: readonly number[], i: number) => values.filter((_, j) => j !== i);
  const leftOut = Float64Array.from(lsat, (_, i) => sampleCorrelation(without(lsat, i), without(gpa, i)));
  assert.is(acceleration(leftOut).toFixed(3), '-0.076');
});

test("Tukey's fences by hand: beyond, not on them", () => {
  assert.equal(tukeyFences(sorted(1, 2, 3, 4, 5, 6, 7, 8, 9)), {
    outerLow: -9,
    innerLow: -3,
    innerHigh: 13,
    outerHigh: 19,
  });
  // Quartiles 10 and 12, so the fences are 4, 7, 15 and 18.
  const values = sorted(3.9, 4, 7, 10, 10, 10, 10, 11, 11, 12, 12, 12, 12, 15, 15.1, 18, 18.1);
  assert.equal(countOutliers(values), { severeLow: 1, mildLow: 1, mildHigh: 2, severeHigh: 1 });
});

test('dip: 1/(2n) of one peak, 1/4 of two points alone (R, diptest: dip(c(0, 0, 1, 1)))', () => {
  assert.is(dip(sorted(0, 0, 1, 1)), 0.25);
  assert.is(dip(sorted(1, 2, 3, 4, 5, 6, 7, 8)), 1 / 16);
  assert.is(dip(sorted(7, 7, 7)), 1 / 6);
});

test.run();
