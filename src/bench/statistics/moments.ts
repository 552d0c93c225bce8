/** Arithmetic mean; NaN of nothing. simple-statistics' takes plain arrays only: a million times would be copied for every call. */
export function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Sum of squared deviations from the mean: n times the variance of the values themselves, n - 1 times the estimate for what they are a sample of. */
export function squaredDeviations(values: Float64Array): number {
  const centre = mean(values);
  let sum = 0;
  for (const value of values) sum += (value - centre) ** 2;
  return sum;
}
