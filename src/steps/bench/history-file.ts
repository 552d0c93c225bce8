import { open, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  formatHistory,
  type HistoryEntry,
  historyEntry,
  isSameMeasurement,
  parseHistory,
} from '../../bench/history.ts';
import type { Session } from '../../bench/session.ts';
import { type Summary, summarise } from '../../bench/statistics/summary.ts';
import { runSteps, type Step } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { errnoOf, messageOf, TaskError, UsageError } from '../../util/errors.ts';
import { takeLock } from '../../util/file-lock.ts';
import { readBenchFile } from './bench-file.ts';

/** Where the history is when nobody says otherwise: beside the results, to be committed with them. */
export const defaultHistory = 'bench-history.jsonl';

const LOCK_TRIES = 100;
const LOCK_WAIT_MS = 50;

/** Reads a history file; one that is not there is empty. */
export async function readHistory(displayName: string, cwd: string): Promise<HistoryEntry[]> {
  const text = await readFile(resolve(cwd, displayName), 'utf8').catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return '';
    throw new TaskError(`Could not read the history ${displayName}: ${messageOf(error)}`, { cause: error });
  });
  return parseHistory(text, displayName);
}

/** Appends a measurement as one line, under a lock; false when it is there already. */
export async function addToHistory(
  displayName: string,
  session: Session,
  summaries: readonly Summary[],
  { cwd, signal }: Pick<TaskContext, 'cwd' | 'signal'>,
): Promise<boolean> {
  const path = resolve(cwd, displayName);
  const entry = historyEntry(session, summaries);
  const release = await lock(`${path}.lock`, displayName, signal);
  try {
    const entries = await readHistory(displayName, cwd);
    if (entries.some((other) => isSameMeasurement(entry, other))) return false;
    const file = await open(path, 'a+');
    try {
      // Half a line of a writer that was killed must not stay in the middle of the file.
      const whole = (await file.readFile()).lastIndexOf(10) + 1;
      await file.truncate(whole);
      await file.appendFile(`${JSON.stringify(entry)}\n`);
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (error instanceof TaskError) throw error;
    throw new TaskError(`Could not write the history ${displayName}: ${messageOf(error)}`, { cause: error });
  } finally {
    await release();
  }
}

async function lock(path: string, displayName: string, signal: AbortSignal): Promise<() => Promise<void>> {
  for (let tries = 0; ; tries++) {
    const taken = await takeLock(path).catch((error: unknown) => {
      throw new TaskError(`Could not write the history ${displayName}: ${messageOf(error)}`, {
        cause: error,
      });
    });
    if ('release' in taken) return taken.release;
    if (tries === LOCK_TRIES)
      throw new TaskError(`Could not write the history ${displayName}: process ${taken.pid} holds it`, {
        hints: ['Wait for it to end, then: tasks bench.history add OUT'],
      });
    await wait(LOCK_WAIT_MS, undefined, { signal });
  }
}

export interface HistoryArgs {
  readonly action: 'list' | 'add';
  readonly out: string;
  readonly file: string;
  readonly seed: number;
}

/** `tasks bench.history`: lists what was measured at which commit, or adds a results file to it. */
export async function runHistory(args: HistoryArgs, context: TaskContext): Promise<void> {
  const { output, cwd } = context;
  const { action, out, file, seed } = args;
  if (action === 'list') {
    if (out !== '') throw new UsageError(`bench.history list takes no results file: ${out}`);
    const entries = await readHistory(file, cwd);
    output.result(formatHistory(entries, output.paint, output.columns), {
      file: resolve(cwd, file),
      entries,
    });
    return;
  }
  if (out === '')
    throw new UsageError('bench.history add needs the results to add', {
      hints: ['For example: tasks bench.history add bench.csv'],
    });
  const add = { ...historyStep(file, out), foreground: true };
  const isNew = await runSteps([add], context, async (step) => {
    const { session, series } = await readBenchFile(out, context);
    if (session === undefined)
      throw new TaskError(`Could not add ${out}: there is no ${out}.json to tell commit and machine`, {
        hints: ['`tasks bench` writes it; results of the plain runner do not say where they are from.'],
      });
    const summaries = series.map((one) => summarise(one, { seed }));
    return await step(add, async () => await addToHistory(file, session, summaries, context));
  });
  if (isNew === undefined) return;
  output.result(isNew ? `Added ${out} to ${file}` : `${out} is in ${file} already`, {
    file: resolve(cwd, file),
    added: isNew,
  });
}

/** The step that adds a summary to a history. */
export function historyStep(history: string, out: string): Step {
  return {
    title: `Add ${out} to ${history}`,
    why: 'later measurements are compared with it: tasks bench.history',
    inputs: [out],
    outputs: [history],
  };
}
