import { at } from '../util/indexed.ts';
import type { Paint } from '../util/terminal-text.ts';
import type { Outliers } from './statistics/quantiles.ts';
import type { Summary, TimeSummary } from './statistics/summary.ts';
import { changeText, functionText, shortNumber, timeText, unitFor } from './time-text.ts';

interface TableOptions {
  readonly paint: Paint;
  /** Width of the terminal. */
  readonly columns: number;
}

const NARROWEST = 60;
const LABEL = 12;
const NUMBER = 7;
const INTERVAL = 17;
const numbers = ['mean', 'MAD', 'min', 'p90', 'p99', 'max'] as const;
/** From here on histograms stand at the end of the rows. */
const WIDE = LABEL + NUMBER + INTERVAL + numbers.length * NUMBER + 28;

/** What was measured as text: for each function its run and reset times, small histograms, and remarks. No newline at the end. */
export function formatSummaries(summaries: readonly Summary[], { paint, columns }: TableOptions): string {
  if (summaries.length === 0) return 'Nothing was measured.';
  const width = Math.max(NARROWEST, columns);
  const head = `${''.padEnd(LABEL)}${'median'.padStart(NUMBER)}${'95 % interval'.padStart(INTERVAL)}${numbers.map((name) => name.padStart(NUMBER)).join('')}`;
  return [paint('dim', head), ...summaries.flatMap((summary) => functionLines(summary, width, paint))].join(
    '\n',
  );
}

function functionLines(summary: Summary, width: number, paint: Paint): string[] {
  const { run, reset, failures } = summary;
  const counts = [
    run === undefined ? 'no usable run' : `${run.runs} run${run.runs === 1 ? '' : 's'}`,
    ...(failures > 0 ? [paint('red', `${failures} failed`)] : []),
    ...(run?.perSecond === undefined ? [] : [`${shortNumber(run.perSecond)} a second`]),
  ];
  const isWide = width >= WIDE;
  const name = functionText(summary, width - 40);
  return [
    `${paint('bold', name)}  ${counts.join(', ')}`,
    ...(run === undefined ? [] : timeLines('run', run, isWide, paint)),
    ...(reset === undefined ? [] : timeLines('reset', reset, isWide, paint)),
    ...summaryRemarks(summary).flatMap((remark) =>
      folded(`- ${remark}`, width - 2).map((line) => `  ${line}`),
    ),
  ];
}

function timeLines(label: string, time: TimeSummary, isWide: boolean, paint: Paint): string[] {
  const unit = unitFor(time.medianUs);
  const number = (us: number): string => fitted(us / unit.us);
  const { interval } = time;
  const between = interval === undefined ? '-' : `${number(interval.low)} .. ${number(interval.high)}`;
  const values = [time.meanUs, time.madUs, time.minUs, time.p90Us, time.p99Us, time.maxUs].map(number);
  const row = `  ${`${label} ${unit.name}`.padEnd(LABEL - 2)}${paint('bold', number(time.medianUs).padStart(NUMBER))}${between.padStart(INTERVAL)}${values.map((value) => value.padStart(NUMBER)).join('')}`;
  const bars = paint('cyan', blocks(time.histogram.counts));
  if (isWide) return [time.runs > 1 ? `${row}  ${bars}` : row];
  if (time.runs === 1 || label === 'reset') return [row];
  const { edgesUs, scale } = time.histogram;
  const span = `${timeText(at(edgesUs, 0))} to ${timeText(at(edgesUs, edgesUs.length - 1))}${scale === 'log' ? ', log scale' : ''}`;
  return [row, `${''.padEnd(LABEL)}${bars} ${paint('dim', span)}`];
}

/** A number in the width of a column with a blank before it; what is longer loses digits, then goes to an exponent. */
function fitted(value: number): string {
  const text = shortNumber(value);
  return text.length < NUMBER ? text : value.toExponential(0).replace('e+', 'e');
}

const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** Counts as bars of block characters; an empty bin is blank, so that a rare value is still seen. */
function blocks(counts: readonly number[]): string {
  const most = Math.max(1, ...counts);
  return counts
    .map((count) => (count === 0 ? ' ' : at(BLOCKS, Math.ceil((count / most) * BLOCKS.length) - 1)))
    .join('');
}

/** Breaks a remark into lines; the later ones stand under the first one's text. */
function folded(text: string, width: number): string[] {
  const found: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      found.push(line);
      line = `  ${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...found, line];
}

/** Below so many runs an interval of the median is hardly worth its name. */
const FEW_RUNS = 10;
/** Runs that depend on each other so much that they are worth half their number. */
const DEPENDENT = 0.5;

/** What a person should know of a series before believing its median, a sentence each. */
function summaryRemarks({ run, reset, failures, unusable }: Summary): string[] {
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
    const change = changeText(warmUp.warmUpOverSteady - 1);
    remarks.push(
      `warm-up: the first ${steady} took ${change} against the rest (leave them out: --warmup=${steady})`,
    );
  }
  remarks.push(...shapeRemarks(time, ''));
  const outliers = outlierText(time.outliers, runs);
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
      `${prefix}two peaks: ${percent(low.share)} around ${timeText(low.us)} and ${percent(high.share)} around ${timeText(high.us)}; the median describes neither`,
    );
  }
  if (drift?.isClear === true)
    remarks.push(`${prefix}drift: ${changeText(drift.change)} from the first to the last`);
  return remarks;
}

function outlierText(
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
