import { outOfScope } from '../../src/faasm/out-of-scope.ts';
import type { RecordedCase } from './recorded-case.ts';

/** Flags of a task's recorded help that ours does not show, short and long, with or without a value. */
export function missingFlags({ expect, argv }: RecordedCase, said: string): string[] {
  const task = /^Usage: inv\[oke\] \[--core-opts\] ([\w.-]+) /.exec(expect.stdout)?.[1];
  if (task === undefined || task === 'task1' || outOfScope(task) !== undefined || expect.events.length > 0)
    return [];
  const lines: string[] = [];
  for (const [, short, valued = '', long = ''] of expect.stdout.matchAll(
    /^ {2}(?:-(\w)( \w+)?, )?(--[\w-]+)/gm,
  )) {
    const value = valued === '' ? '' : ' \\S+';
    const displayName = short === undefined ? `^ {2}${long}\\b` : `^ {2}-${short}${value}, ${long}\\b`;
    // The program's own --debug may stand after any task.
    if (long === '--debug' && /^invoke/.test(argv.at(-1) ?? '')) continue;
    if (!new RegExp(displayName, 'm').test(said))
      lines.push(`help lacks ${short === undefined ? '' : `-${short}${valued}, `}${long}`);
  }
  return lines;
}
