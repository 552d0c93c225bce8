import { OutputLost, TaskError, UsageError } from '../util/errors.ts';
import { parseArgs } from './args.ts';
import type { TaskContext } from './context.ts';
import { flagSet } from './flags.ts';
import type { ParsedCall } from './grammar.ts';
import type { FoundTask, TaskTree } from './tree.ts';

interface Call {
  readonly found: FoundTask;
  readonly args: Readonly<Record<string, unknown>>;
}

interface ExecuteOptions {
  readonly dedupe: boolean;
  /** Report a failing task and go on; the exit code is still that of the first failure. */
  readonly warnOnly: boolean;
}

/** Runs the calls of a line in order: types first (nothing runs when one is wrong), then pre and post tasks, then dedupe. */
export async function execute(
  parsed: readonly ParsedCall[],
  tree: TaskTree,
  context: TaskContext,
  options: ExecuteOptions,
): Promise<number> {
  const calls: Call[] = parsed.map(({ found, flags, given }) => ({
    found,
    args: parseArgs(flags, given, found.task.params),
  }));
  const expanded = (await Promise.all(calls.map(async (call) => await expand(call, tree, [])))).flat();
  let exitCode = 0;
  for (const call of options.dedupe ? dedupe(expanded) : expanded) {
    try {
      await run(call, context);
    } catch (error) {
      if (!(error instanceof TaskError) || !options.warnOnly || context.signal.aborted) throw error;
      if (error instanceof OutputLost) throw error;
      context.output.failure(error);
      exitCode ||= error.exitCode;
    }
  }
  return exitCode;
}

async function run(call: Call, context: TaskContext): Promise<void> {
  context.signal.throwIfAborted();
  // The arguments were made from this task's own declaration; the tree only forgot their type.
  const start: (args: never, context: TaskContext) => Promise<void> = call.found.task.run;
  await Reflect.apply(start, call.found.task, [call.args, context]);
}

async function expand(call: Call, tree: TaskTree, above: readonly string[]): Promise<Call[]> {
  const name = call.found.fullName;
  if (above.includes(name)) return [];
  const around = async (names: readonly string[] = []): Promise<Call[]> => {
    const calls: Call[] = [];
    for (const other of names) {
      const found = await tree.find(other);
      if (found === undefined) throw new UsageError(`${name} names a task that does not exist: ${other}`);
      const nothing = { words: [], bare: new Set<string>(), given: new Set<string>() };
      const args = parseArgs(flagSet(found.task.params), nothing, found.task.params);
      calls.push(...(await expand({ found, args }, tree, [...above, name])));
    }
    return calls;
  };
  return [...(await around(call.found.task.pre)), call, ...(await around(call.found.task.post))];
}

function dedupe(calls: readonly Call[]): Call[] {
  const seen = new Set<string>();
  return calls.filter((call) => {
    const key = JSON.stringify([
      call.found.fullName,
      Object.entries(call.args).sort(([a], [b]) => (a < b ? -1 : 1)),
    ]);
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}
