import type { Outliers } from './statistics/outliers.ts';
import type { Summary, TimeSummary } from './statistics/summary.ts';
import { changeWord, timeWord } from './time-words.ts';

/** Below so many runs an interval of the median is hardly worth its name. */
const FEW_RUNS = 10;
/** Runs that depend on each other so much that they are worth half their number. */
const DEPENDENT = 0.5;

/** What a person should know of a series before believing its median, a sentence each. */
export function summaryRemarks({ run, reset, failures, unusable }: Summary): string[] {
  const remarks: string[] = [];
  if (failures > 0)
    remarks.push(`${failures} call${failures === 1 ? '' : 's'} failed; their times are not counted`);
  if (unusable > 0) remarks.push(`${unusable} without a usable time, not counted`);
  if (run !== undefined) remarks.push(...timeRemarks(run));
  // How many runs there are has been said once.
  if (reset !== undefined && reset.runs >= FEW_RUNS) remarks.push(...shapeRemarks(reset, 'reset: '));
  return remarks;
}

function timeRemarks(time: TimeSummary): string[] {
  const { runs, warmUp, effectiveRuns } = time;
  if (runs === 1)
    return ['one run only: there is no interval, and nothing says how much the next one differs'];
  const remarks: string[] = [];
  if (runs < FEW_RUNS) remarks.push(`${runs} runs only: the interval is rough`);
  const steady = warmUp?.steadyAfter;
  if (warmUp !== undefined && steady === undefined) remarks.push('it never became steady');
  if (warmUp !== undefined && steady !== undefined && steady > 0) {
    const change = changeWord(warmUp.warmUpOverSteady - 1);
    remarks.push(
      `warm-up: the first ${steady} took ${change} against the rest (leave them out: --warmup=${steady})`,
    );
  }
  remarks.push(...shapeRemarks(time, ''));
  const outliers = outlierWords(time.outliers, runs);
  if (outliers !== undefined) remarks.push(outliers);
  if (runs >= FEW_RUNS && effectiveRuns < DEPENDENT * runs)
    remarks.push(
      `neighbours resemble each other: these are worth ${Math.round(effectiveRuns)} independent runs`,
    );
  return remarks;
}

function shapeRemarks({ peaks, drift }: TimeSummary, prefix: string): string[] {
  const remarks: string[] = [];
  if (peaks !== undefined) {
    const [low, high] = peaks;
    remarks.push(
      `${prefix}two peaks: ${percent(low.share)} around ${timeWord(low.us)} and ${percent(high.share)} around ${timeWord(high.us)}; the median describes neither`,
    );
  }
  if (drift?.isClear === true)
    remarks.push(`${prefix}drift: ${changeWord(drift.change)} from the first to the last`);
  return remarks;
}

function outlierWords(
  { severeLow, mildLow, mildHigh, severeHigh }: Outliers,
  runs: number,
): string | undefined {
  const part = (severe: number, mild: number, side: string): string[] => {
    if (severe + mild === 0) return [];
    const counts = [...(mild > 0 ? [`${mild} mild`] : []), ...(severe > 0 ? [`${severe} severe`] : [])];
    return [`${counts.join(' and ')} ${side}`];
  };
  const parts = [...part(severeHigh, mildHigh, 'slow'), ...part(severeLow, mildLow, 'fast')];
  if (parts.length === 0) return undefined;
  const all = severeLow + mildLow + mildHigh + severeHigh;
  return `outliers, counted all the same: ${parts.join(', ')} (${percent(all / runs)})`;
}

function percent(share: number): string {
  const value = share * 100;
  return `${value < 1 ? value.toFixed(1) : value.toFixed(0)} %`;
}
