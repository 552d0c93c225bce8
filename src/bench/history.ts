/*
 * The history of benchmarks: a file of JSON lines, one a measurement, that is only ever appended to, so that git merges it
 * and nothing overwrites an old baseline. A line is keyed by commit and by a description of the machine that stays the
 * same over reboots, containers and renamed hosts.
 */
import { z } from 'zod';
import { TaskError } from '../util/errors.ts';
import type { Paint } from '../util/terminal-text.ts';
import type { Session, SessionMachine } from './session.ts';
import type { Summary } from './statistics/summary.ts';
import { changeText, functionText, timeText } from './time-text.ts';

const entrySchema = z.object({
  format: z.literal('faasm-tasks benchmark history'),
  version: z.literal(1),
  /** When the measurement began: ISO 8601, UTC. */
  measured: z.string(),
  commit: z.string().nullable(),
  branch: z.string().nullable(),
  /** The work tree had changes that the commit does not have. */
  dirty: z.boolean(),
  machine: z.string(),
  engine: z.string(),
  functions: z.array(
    z.object({
      user: z.string(),
      func: z.string(),
      input: z.string().nullable(),
      runs: z.number(),
      failures: z.number(),
      medianUs: z.number(),
      /** Ends of the median's 95 % interval; null for a single run. */
      lowUs: z.number().nullable(),
      highUs: z.number().nullable(),
      meanUs: z.number(),
      minUs: z.number(),
      resetMedianUs: z.number().nullable(),
    }),
  ),
});

/** One measurement in the history. Times are microseconds. */
export type HistoryEntry = z.infer<typeof entrySchema>;

/** What tells machines apart in a history: `AMD EPYC x2, 24 GB, x64`. */
function machineKey({ cpuModel, cpus, memoryBytes, arch }: SessionMachine): string {
  return `${cpuModel.replace(/\s+/g, ' ')} x${cpus}, ${Math.round(memoryBytes / 2 ** 30)} GB, ${arch}`;
}

/** What a measurement leaves in the history. Functions without a usable run are left out. */
export function historyEntry(session: Session, summaries: readonly Summary[]): HistoryEntry {
  return {
    format: 'faasm-tasks benchmark history',
    version: 1,
    measured: session.started,
    commit: session.commit?.hash ?? null,
    branch: session.commit?.branch ?? null,
    dirty: session.commit?.dirty ?? false,
    machine: machineKey(session.machine),
    engine: session.engine.name,
    functions: summaries.flatMap(({ user, func, input, failures, run, reset }) =>
      run === undefined
        ? []
        : [
            {
              user,
              func,
              input: input ?? null,
              runs: run.runs,
              failures,
              medianUs: run.medianUs,
              lowUs: run.interval?.low ?? null,
              highUs: run.interval?.high ?? null,
              meanUs: run.meanUs,
              minUs: run.minUs,
              resetMedianUs: reset?.medianUs ?? null,
            },
          ],
    ),
  };
}

/** Whether two entries are of one measurement. */
export function isSameMeasurement(a: HistoryEntry, b: HistoryEntry): boolean {
  return a.measured === b.measured && a.machine === b.machine && a.commit === b.commit;
}

/**
 * Reads a history in the order of its lines. A last line without an end (a writer was killed) is left out.
 *
 * @throws TaskError naming the line that is no entry.
 */
export function parseHistory(text: string, displayName: string): HistoryEntry[] {
  const lines = text.split('\n');
  // What follows the last line break is empty, or half a line.
  lines.pop();
  return lines.flatMap((line, index) => {
    if (line.trim() === '') return [];
    const parsed = entrySchema.safeParse(jsonOf(line));
    if (parsed.success) return [parsed.data];
    const [issue] = parsed.error.issues;
    const place = issue?.path.join('.') ?? '';
    const why = place === '' ? 'is no JSON object' : `has a wrong ${place}: ${issue?.message}`;
    throw new TaskError(`Could not read the history ${displayName}: line ${index + 1} ${why}`, {
      hints: ['Each line is what `tasks bench.history add OUT` appends; remove the line that is not.'],
    });
  });
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

type FunctionEntry = HistoryEntry['functions'][number];

/** A history as text: a block for each function and machine, its measurements oldest first, each with the change to the one before. */
export function formatHistory(entries: readonly HistoryEntry[], paint: Paint, columns: number): string {
  if (entries.length === 0) return 'The history is empty.';
  const blocks = new Map<string, { title: string; rows: string[]; last: FunctionEntry | undefined }>();
  for (const entry of entries) {
    for (const one of entry.functions) {
      const name = functionText({ ...one, input: one.input ?? undefined }, Math.max(40, columns - 30));
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

function row(entry: HistoryEntry, one: FunctionEntry, before: FunctionEntry | undefined): string {
  const when = entry.measured.slice(0, 16).replace('T', ' ');
  const commit =
    entry.commit === null ? 'no commit' : `${entry.commit.slice(0, 9)}${entry.dirty ? '+' : ' '}`;
  const error =
    one.lowUs === null || one.highUs === null || one.medianUs === 0
      ? ''
      : ` ±${(((one.highUs - one.lowUs) / 2 / one.medianUs) * 100).toFixed(1)} %`;
  const change =
    before === undefined || before.medianUs === 0 ? '' : changeText(one.medianUs / before.medianUs - 1);
  return `  ${when}  ${commit.padEnd(10)}  ${timeText(one.medianUs).padStart(9)}${error.padEnd(9)}  ${change.padStart(8)}`.trimEnd();
}
