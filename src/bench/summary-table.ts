import type { Paint } from '../util/terminal-text.ts';
import type { Summary, TimeSummary } from './statistics/summary.ts';
import { summaryRemarks } from './summary-remarks.ts';
import { functionWord, shortNumber, timeWord, unitFor } from './time-words.ts';

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
  const name = functionWord(summary, width - 40);
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
  const span = `${timeWord(edgesUs[0] ?? 0)} to ${timeWord(edgesUs.at(-1) ?? 0)}${scale === 'log' ? ', log scale' : ''}`;
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
    .map((count) => (count === 0 ? ' ' : (BLOCKS[Math.ceil((count / most) * BLOCKS.length) - 1] ?? ' ')))
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
