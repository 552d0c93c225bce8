import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { randomFrom, studentCdf, studentQuantile } from '../../../src/bench/statistics/distributions.ts';
import { medianInterval } from '../../../src/bench/statistics/interval.ts';
import { mannWhitney } from '../../../src/bench/statistics/mann-whitney.ts';
import { driftOf } from '../../../src/bench/statistics/over-time.ts';
import { dip } from '../../../src/bench/statistics/peaks.ts';
import {
  medianAbsoluteDeviation,
  medianOf,
  quantileOf,
  sortedCopy,
} from '../../../src/bench/statistics/quantiles.ts';
import { adjustForMany } from '../../../src/util/false-discovery.ts';
import { normalCdf, normalQuantile } from '../../../src/util/normal.ts';
import reference from '../../fixtures/statistics/reference.json' with { type: 'json' };

// Against a second implementation: scipy 1.17.1 (and, for the dip, a linear program solved by it). The values are made by
// test/fixtures/statistics/reference.py.

function near(actual: number, expected: number, relative: number, what: string): void {
  const error = Math.abs(actual - expected);
  assert.ok(error <= relative * Math.abs(expected) + 1e-300, `${what}: ${actual} is not ${expected}`);
}

const sorted = (values: readonly number[]) => Float64Array.from(values).sort();

test('normal distribution, far into its tails', () => {
  for (const [z = 0, p = 0] of reference.normalCdf) near(normalCdf(z), p, 1e-12, `cdf ${z}`);
  for (const [p = 0, z = 0] of reference.normalQuantile) near(normalQuantile(p), z, 1e-9, `quantile ${p}`);
});

test('normal quantiles are numbers for every p there is, and turn back into it', () => {
  for (let exponent = -323; exponent < 0; exponent += 1) {
    const p = 10 ** exponent / 2;
    const z = normalQuantile(p);
    assert.ok(z < 0 && z > -38, `${p}: ${z}`);
    if (exponent > -299) near(normalCdf(z), p, 1e-10, `${p}`);
  }
});

test("Student's distribution, with broken degrees of freedom as well", () => {
  for (const [t = 0, df = 0, p = 0] of reference.studentCdf)
    near(studentCdf(t, df), p, 1e-10, `cdf ${t} ${df}`);
  for (const [p = 0, df = 0, t = 0] of reference.studentQuantile) {
    near(studentQuantile(p, df), t, 1e-8, `quantile ${p} ${df}`);
  }
});

test('Mann-Whitney: exact, and normal with ties', () => {
  for (const { first, second, u, p, method } of reference.mannWhitney) {
    const ours = mannWhitney(sorted(first), sorted(second));
    assert.is(ours.u, u);
    assert.is(ours.method, method);
    near(ours.p, p, 1e-9, `p of ${first.length} and ${second.length}`);
  }
});

test('Benjamini-Hochberg', () => {
  for (const { p, adjusted } of reference.falseDiscovery) {
    for (const [i, value] of adjustForMany(p).entries()) near(value, adjusted[i] ?? -1, 1e-12, `p ${i}`);
  }
});

test('quantiles and MAD', () => {
  const values = sorted(reference.quantiles.values);
  for (const [q = 0, expected = 0] of reference.quantiles.quantiles)
    near(quantileOf(values, q), expected, 1e-12, `${q}`);
  near(medianAbsoluteDeviation(values), reference.quantiles.mad, 1e-12, 'MAD');
});

test('BCa interval of a median: the ends are at the same values or a neighbour, as far as resampling goes', () => {
  for (const { values, low, high } of reference.medianBca) {
    const ascending = sorted(values);
    const ours = medianInterval(ascending, values.length, randomFrom(1));
    const step = (quantileOf(ascending, 0.75) - quantileOf(ascending, 0.25)) / Math.sqrt(values.length) / 2;
    assert.ok(Math.abs((ours?.low ?? 0) - low) <= step, `low ${ours?.low} of ${low}, n ${values.length}`);
    assert.ok(
      Math.abs((ours?.high ?? 0) - high) <= step,
      `high ${ours?.high} of ${high}, n ${values.length}`,
    );
  }
});

test("Hartigan's dip: the linear program's least distance to any unimodal distribution", () => {
  for (const { values, dip: expected } of reference.dip)
    near(dip(sorted(values)), expected, 1e-6, `n ${values.length}`);
});

test('Theil-Sen slope', () => {
  const values = Float64Array.from(reference.trend.values);
  const change = (reference.trend.slope * (values.length - 1)) / medianOf(sortedCopy(values));
  near(driftOf(values)?.change ?? 0, change, 1e-9, 'change');
});

test.run();
