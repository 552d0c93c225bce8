import type { Paint } from '../util/terminal-text.ts';
import type { HistoryEntry } from './history.ts';
import { changeWord, functionWord, timeWord } from './time-words.ts';

type Function = HistoryEntry['functions'][number];

/** A history as text: a block for each function and machine, its measurements oldest first, each with the change to the one before. */
export function formatHistory(entries: readonly HistoryEntry[], paint: Paint, columns: number): string {
  if (entries.length === 0) return 'The history is empty.';
  const blocks = new Map<string, { title: string; rows: string[]; last: Function | undefined }>();
  for (const entry of entries) {
    for (const one of entry.functions) {
      const name = functionWord({ ...one, input: one.input ?? undefined }, Math.max(40, columns - 30));
      const title = `${name}, ${entry.engine} on ${entry.machine}`;
      const block = blocks.get(title) ?? { title, rows: [], last: undefined };
      blocks.set(title, block);
      block.rows.push(row(entry, one, block.last));
      block.last = one;
    }
  }
  return [...blocks.values()]
    .map(({ title, rows }) => [paint('bold', title), ...rows].join('\n'))
    .join('\n\n');
}

function row(entry: HistoryEntry, one: Function, before: Function | undefined): string {
  const when = entry.measured.slice(0, 16).replace('T', ' ');
  const commit =
    entry.commit === null ? 'no commit' : `${entry.commit.slice(0, 9)}${entry.dirty ? '+' : ' '}`;
  const error =
    one.lowUs === null || one.highUs === null || one.medianUs === 0
      ? ''
      : ` ±${(((one.highUs - one.lowUs) / 2 / one.medianUs) * 100).toFixed(1)} %`;
  const change =
    before === undefined || before.medianUs === 0 ? '' : changeWord(one.medianUs / before.medianUs - 1);
  return `  ${when}  ${commit.padEnd(10)}  ${timeWord(one.medianUs).padStart(9)}${error.padEnd(9)}  ${change.padStart(8)}`.trimEnd();
}
