import { OutputLost, TaskError } from '../util/errors.ts';
import { parseArgs } from './args.ts';
import type { TaskContext } from './context.ts';
import type { AnyTask, Call, Prerequisite } from './define.ts';
import { flagSet } from './flags.ts';
import type { ParsedCall } from './grammar.ts';
import type { FoundTask, TaskTree } from './tree.ts';

type Args = Readonly<Record<string, unknown>>;

/** A task with its arguments, typed. */
export interface PlannedCall {
  readonly found: FoundTask;
  readonly args: Args;
}

interface ExecuteOptions {
  readonly dedupe: boolean;
  /** What a task gets, which its namespaces have a say in. */
  readonly contextFor: (found: FoundTask) => TaskContext;
}

/** @throws UsageError naming flag, value and type. */
export function typedCall({ found, flags, given }: ParsedCall): PlannedCall {
  return { found, args: parseArgs(flags, given, found.task.params) };
}

/** Runs calls in order, with what is to run before and after each; of calls that are the same only the first. */
export async function execute(
  calls: readonly PlannedCall[],
  tree: TaskTree,
  options: ExecuteOptions,
): Promise<number> {
  const expanded: PlannedCall[] = [];
  for (const call of calls) expanded.push(...(await expand(call, tree, [])));
  for (const call of options.dedupe ? dedupe(expanded) : expanded) {
    const context = options.contextFor(call.found);
    try {
      await run(call, context);
    } catch (error) {
      const isFine = error instanceof TaskError && error.isOfChild && context.settings.warn;
      if (!isFine || context.signal.aborted || error instanceof OutputLost) throw error;
      context.output.failure(error);
    }
  }
  return 0;
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

/** The first of calls that are the same: one task, equal values, however they were given. */
function dedupe(calls: readonly PlannedCall[]): PlannedCall[] {
  const seen = new Map<AnyTask, Set<string>>();
  return calls.filter(({ found, args }) => {
    const known = seen.get(found.task) ?? new Set();
    seen.set(found.task, known);
    const key = JSON.stringify(
      Object.entries(args).sort(([a], [b]) => (a < b ? -1 : 1)),
      exact,
    );
    const isNew = !known.has(key);
    known.add(key);
    return isNew;
  });
}

/** What JSON has no number for stays what it is. */
function exact(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? { number: String(value) } : value;
}
