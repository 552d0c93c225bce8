import type { Axis } from 'vega-lite/types_unstable/axis.js';
import type { ExprRef } from 'vega-lite/types_unstable/expr.js';
import type { Scale } from 'vega-lite/types_unstable/scale.js';
import { at } from '../../util/indexed.ts';
import { countBelow, countUpTo, tukeyFences } from '../statistics/quantiles.ts';
import { timeText as plainTimeText, unitFor } from '../time-text.ts';
import type { RangeChoice, ScaleChoice } from './choices.ts';

/** Both ends of what an axis shows, in microseconds. */
export interface TimeRange {
  readonly lowUs: number;
  readonly highUs: number;
}

/** How times are laid out: the unit they are divided into, and what the axis says. */
export interface TimeAxis extends TimeRange {
  readonly isLog: boolean;
  /** Microseconds of the unit that the numbers of the picture are in. */
  readonly unitUs: number;
  readonly scale: Scale;
  readonly axis: Axis<ExprRef>;
}

/** Past one and a half decades a linear axis shows the small ones as nothing. */
const logFromRatio = 10 ** 1.5;
const manyDecades = 10 ** 2.5;
const margin = 0.04;
/** At most this share of the runs at either end is left out, however far the rest spreads. */
const mostCut = 0.05;
/** Runs are only left out when they would take more than half of the axis. */
const worthCutting = 2;

/**
 * What the axis of one sample shows. `core`: from Tukey's lower outer fence to the upper one, at least 95 % of the runs on either
 * side, and everything when that does not need twice the room.
 */
export function rangeOf(sorted: Float64Array, choice: RangeChoice): TimeRange {
  const [smallest, largest] = [at(sorted, 0), at(sorted, sorted.length - 1)];
  if (choice === 'all') return { lowUs: smallest, highUs: largest };
  const { outerLow, outerHigh } = tukeyFences(sorted);
  const cut = Math.floor(mostCut * sorted.length);
  const lowUs = Math.max(smallest, Math.min(outerLow, at(sorted, cut)));
  const highUs = Math.min(largest, Math.max(outerHigh, at(sorted, sorted.length - 1 - cut)));
  const isWorth = highUs > lowUs && largest - smallest > worthCutting * (highUs - lowUs);
  return isWorth ? { lowUs, highUs } : { lowUs: smallest, highUs: largest };
}

/** The range that holds them all. */
export function union(ranges: readonly TimeRange[]): TimeRange {
  return {
    lowUs: Math.min(...ranges.map(({ lowUs }) => lowUs)),
    highUs: Math.max(...ranges.map(({ highUs }) => highUs)),
  };
}

/** What the axis of one function shows, all its files. */
export function rangeOfFunction(
  { cells }: { readonly cells: readonly { readonly sortedUs: Float64Array }[] },
  choice: RangeChoice,
): TimeRange {
  return union(cells.map(({ sortedUs }) => rangeOf(sortedUs, choice)));
}

/** How many of a sorted sample a range leaves out, and how far the sample goes. */
export interface Outside {
  readonly below: number;
  readonly above: number;
  readonly any: boolean;
  readonly smallest: number;
  readonly largest: number;
}

export function outside(sorted: Float64Array, { lowUs, highUs }: TimeRange): Outside {
  const below = countBelow(sorted, lowUs);
  const above = sorted.length - countUpTo(sorted, highUs);
  const [smallest, largest] = [at(sorted, 0), at(sorted, sorted.length - 1)];
  return { below, above, any: below + above > 0, smallest, largest };
}

/** Whether a logarithmic axis is better for this range; one that holds 0 cannot have one. */
export function wantsLog({ lowUs, highUs }: TimeRange, choice: ScaleChoice): boolean {
  if (choice === 'linear' || !(lowUs > 0)) return false;
  return choice === 'log' || highUs / lowUs > logFromRatio;
}

/** The axis for a range. `fromZero` is for bars: their length is the time. */
export function timeAxis(
  range: TimeRange,
  choice: ScaleChoice,
  { what = 'Time per run', fromZero = false, ticks = 6 } = {},
): TimeAxis {
  const isLog = !fromZero && wantsLog(range, choice);
  const { highUs } = range;
  const lowUs = fromZero ? 0 : range.lowUs;
  const unit = unitFor(isLog ? Math.sqrt(lowUs * highUs) : highUs);
  const [low, high] = [lowUs / unit.us, highUs / unit.us];
  const domain = isLog ? logDomain(low, high) : linearDomain(low, high, fromZero);
  // Over many decades each tick says its unit.
  const isWide = isLog && high / low > manyDecades;
  const title = isWide
    ? `${what} (log scale)`
    : `${what} (${displayUnit(unit.name)}${isLog ? ', log scale' : ''})`;
  const displayed = { lowUs: domain[0] * unit.us, highUs: domain[1] * unit.us };
  if (!isLog) {
    const scale: Scale = { type: 'linear', domain, zero: false, nice: false };
    return { ...displayed, isLog, unitUs: unit.us, scale, axis: { title, tickCount: ticks } };
  }
  // Vega labels as many of a log axis's ticks as there is room for; the others are lines only.
  const label = isWide ? `tickText(datum.value * ${unit.us})` : "format(datum.value, ',~r')";
  const tickCount = isWide ? Math.min(ticks, Math.floor(Math.log10(high / low))) : ticks;
  const axis = { title, tickCount, labelExpr: `datum.label === '' ? '' : ${label}` };
  return { ...displayed, isLog, unitUs: unit.us, scale: { type: 'log', domain, nice: false }, axis };
}

/** A time as text for a person, with the unit's real name. */
export function timeText(us: number): string {
  return plainTimeText(us).replace(/us$/, 'µs');
}

/** A round time without digits that say nothing: `10 ms`. */
export function tickText(us: number): string {
  const unit = unitFor(us * (1 + 1e-9));
  return `${Number((us / unit.us).toPrecision(3))} ${displayUnit(unit.name)}`;
}

function displayUnit(name: string): string {
  return name === 'us' ? 'µs' : name;
}

function linearDomain(low: number, high: number, fromZero: boolean): [number, number] {
  if (!(high > 0)) return [0, 1];
  const room = isSpread(low, high) ? (high - low) * margin : high * 0.1;
  return [fromZero ? 0 : Math.max(0, low - room), high + room];
}

/** Whether two ends differ by more than what computing with them does. */
function isSpread(low: number, high: number): boolean {
  return high - low > high * 1e-9;
}

function logDomain(low: number, high: number): [number, number] {
  const factor = isSpread(low, high) ? (high / low) ** margin : 2;
  return [low / factor, high * factor];
}
