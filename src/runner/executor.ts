import { OutputLost, TaskError } from '../util/errors.ts';
import { parseArgs } from './args.ts';
import type { TaskContext } from './context.ts';
import type { AnyTask, Call, Prerequisite } from './define.ts';
import { flagSet } from './flags.ts';
import type { ParsedCall } from './grammar.ts';
import { Lanes } from './lanes.ts';
import type { Output } from './output.ts';
import { type Job, runJobs } from './schedule.ts';
import type { FoundTask, TaskTree } from './tree.ts';

type Args = Readonly<Record<string, unknown>>;

/** A task with its arguments, typed. */
export interface PlannedCall {
  readonly found: FoundTask;
  readonly args: Args;
}

interface ExecuteOptions {
  readonly dedupe: boolean;
  /** How many tasks run at a time, where they allow it. */
  readonly jobs: number;
  readonly keepGoing: boolean;
  /** Says what failed; returns the exit code. */
  readonly report: (error: unknown, output: Output) => number;
  /** What a task gets, which its namespaces have a say in. */
  readonly contextFor: (found: FoundTask) => TaskContext;
}

/** @throws UsageError naming flag, value and type. */
export function typedCall({ found, flags, given }: ParsedCall): PlannedCall {
  return { found, args: parseArgs(flags, given, found.task.params) };
}

/** Runs calls in order, or side by side, with what is to run before and after each; of calls that are the same only the first. */
export async function execute(
  calls: readonly PlannedCall[],
  tree: TaskTree,
  options: ExecuteOptions,
): Promise<number> {
  const groups: PlannedCall[][] = [];
  for (const call of calls) groups.push(await expand(call, tree, []));
  const lanes = new Map<Output, Lanes>();
  let exitCode = 0;
  const attempt = async (call: PlannedCall): Promise<boolean> => {
    const context = options.contextFor(call.found);
    const isAlone = options.jobs === 1 || (call.found.task.parallel ?? false) === false;
    const known = lanes.get(context.output) ?? new Lanes(context.output);
    lanes.set(context.output, known);
    const lane = isAlone ? undefined : known.open(titleOf(call));
    const output = lane?.output ?? context.output;
    try {
      await run(call, { ...context, output });
      return true;
    } catch (error) {
      if (context.signal.aborted || error instanceof OutputLost) throw error;
      if (error instanceof TaskError && error.isOfChild && context.settings.warn) {
        output.failure(error);
        return true;
      }
      if (isAlone && !options.keepGoing) throw error;
      const code = options.report(error, output);
      exitCode ||= code;
      return false;
    } finally {
      lane?.close();
    }
  };
  await runJobs(jobsOf(groups, options.dedupe), {
    limit: options.jobs,
    keepGoing: options.keepGoing,
    run: attempt,
    skipped: (call) => {
      const message = `${titleOf(call)} was left out: what it needs failed`;
      options.contextFor(call.found).output.emit({ event: 'warning', message, hints: [] });
    },
  });
  return exitCode;
}

/** In the order of the line. A call waits for the calls before it in its own group: what a task needs, the task, what follows it. */
function jobsOf(groups: readonly (readonly PlannedCall[])[], isDeduping: boolean): Job<PlannedCall>[] {
  const known = new Map<AnyTask, Map<string, Job<PlannedCall>>>();
  const jobs: Job<PlannedCall>[] = [];
  for (const group of groups) {
    const before: Job<PlannedCall>[] = [];
    for (const call of group) {
      const { task } = call.found;
      const same = known.get(task) ?? new Map<string, Job<PlannedCall>>();
      known.set(task, same);
      const key = argsKey(call.args);
      const twin = isDeduping ? same.get(key) : undefined;
      const job = twin ?? { item: call, after: [...before], parallel: task.parallel ?? false };
      if (twin === undefined) {
        jobs.push(job);
        same.set(key, job);
      }
      before.push(job);
    }
  }
  return jobs;
}

/** `dev.cc target=all clean=true`: a call as one line. */
function titleOf({ found, args }: PlannedCall): string {
  const { params } = found.task;
  const given = Object.entries(args).filter(([key, value]) => {
    const usual = params[key]?.default ?? (params[key]?.type === 'bool' ? false : undefined);
    return value !== usual && JSON.stringify(value) !== '[]';
  });
  return [found.fullName, ...given.map(([key, value]) => `${key}=${String(value)}`)].join(' ');
}

async function run(call: PlannedCall, context: TaskContext): Promise<void> {
  context.signal.throwIfAborted();
  const { task } = call.found;
  // The arguments were made from this task's own declaration; the tree only forgot their type.
  const start: (args: never, context: TaskContext) => Promise<unknown> = task.run;
  const value: unknown = await Reflect.apply(start, task, [call.args, context]);
  if (task.autoprint === true && value !== undefined) context.output.result(String(value), { value });
}

async function expand(call: PlannedCall, tree: TaskTree, above: readonly AnyTask[]): Promise<PlannedCall[]> {
  const { task, fullName } = call.found;
  // A circle ends where it closes.
  if (above.includes(task)) return [];
  const around = async (others: readonly Prerequisite[] = []): Promise<PlannedCall[]> => {
    const calls: PlannedCall[] = [];
    for (const other of others) {
      calls.push(...(await expand(await planned(other, fullName, tree), tree, [...above, task])));
    }
    return calls;
  };
  return [...(await around(task.pre)), call, ...(await around(task.post))];
}

async function planned(wanted: Prerequisite, by: string, tree: TaskTree): Promise<PlannedCall> {
  const call: Call = typeof wanted === 'string' || 'run' in wanted ? { task: wanted, args: {} } : wanted;
  const found = typeof call.task === 'string' ? await tree.find(call.task) : tree.ofTask(call.task);
  if (found === undefined) throw new TaskError(`${by} names a task that does not exist: ${call.task}`);
  const { params } = found.task;
  const wrong = Object.keys(call.args).find((key) => !Object.hasOwn(params, key));
  if (wrong !== undefined)
    throw new TaskError(`${by} calls ${found.fullName} with '${wrong}', which it does not take`);
  const nothing = { words: [], bare: new Set<string>(), given: new Set<string>() };
  return { found, args: { ...parseArgs(flagSet(found.task), nothing, params), ...call.args } };
}

/** Equal values, however they were given, have equal keys. */
function argsKey(args: Args): string {
  return JSON.stringify(
    Object.entries(args).sort(([a], [b]) => (a < b ? -1 : 1)),
    exact,
  );
}

/** What JSON has no number for stays what it is. */
function exact(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? { number: String(value) } : value;
}
