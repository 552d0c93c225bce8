/**
 * Reads what cachegrind counted, function by function.
 *
 * Written by: cachegrind (`cachegrind.out.PID`), cg_merge. Spec: Valgrind's manual, "Cachegrind Output File Format":
 *
 *     desc: … / cmd: … / events: Ir I1mr ILmr
 *     fl=echo.c
 *     fn=main
 *     12 400 1 0          a line of the file: its number, then a count each event
 *     summary: 400 1 0
 *
 * Traps: a function that was inlined into stands under several files, which add up here only if the file is the same.
 * Code without symbols is all one function `???`, whatever made it. `.` stands for 0.
 */
import { TaskError } from '../util/errors.ts';

export interface CountedFunction {
  readonly name: string;
  readonly file: string;
  /** In the order of the file's events. */
  readonly counts: readonly number[];
}

export interface CachegrindFile {
  readonly events: readonly string[];
  readonly functions: readonly CountedFunction[];
  /** Sums over the functions. */
  readonly totals: readonly number[];
  /** False without the summary at its end. */
  readonly isWhole: boolean;
}

/** Reads a file of cachegrind's; dearest functions first. @throws TaskError for another kind of file */
export function readCachegrind(text: string, displayName: string): CachegrindFile {
  let events: readonly string[] | undefined;
  let isWhole = false;
  let file = '';
  let current: number[] | undefined;
  const functions = new Map<string, { name: string; file: string; counts: number[] }>();
  for (const line of text.split('\n')) {
    if (line.startsWith('events:')) events = words(line.slice(7));
    else if (line.startsWith('summary:')) isWhole = true;
    else if (/^f[lie]=/.test(line)) file = line.slice(3);
    else if (line.startsWith('fn=')) {
      const name = line.slice(3);
      const key = `${file}\0${name}`;
      const known = functions.get(key) ?? { name, file, counts: (events ?? []).map(() => 0) };
      functions.set(key, known);
      current = known.counts;
    } else if (/^\d/.test(line) && current !== undefined) {
      const counts = current;
      words(line)
        .slice(1)
        .forEach((count, at) => {
          counts[at] = (counts[at] ?? 0) + (Number(count) || 0);
        });
    }
  }
  if (events === undefined || functions.size === 0) {
    throw new TaskError(`Could not read ${displayName}: it is not what cachegrind writes`);
  }
  const all = [...functions.values()].sort((a, b) => (b.counts[0] ?? 0) - (a.counts[0] ?? 0));
  const totals = events.map((_, at) => all.reduce((sum, { counts }) => sum + (counts[at] ?? 0), 0));
  return { events, functions: all, totals, isWhole };
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
