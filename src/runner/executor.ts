import { Writable } from 'node:stream';
import { trusted } from '../util/brand.ts';
import { OutputLost, TaskError } from '../util/errors.ts';
import { parseArgs } from './args.ts';
import type { TaskContext } from './context.ts';
import type { AnyTask, Call, Prerequisite } from './define.ts';
import { flagSet } from './flags.ts';
import type { ParsedCall } from './grammar.ts';
import type { Output } from './output.ts';
import type { FoundTask, TaskTree } from './tree.ts';

/** One piece of work of a line. */
export interface Job<T> {
  readonly item: T;
  /** What has to be done before. */
  readonly after: readonly Job<T>[];
  /** Who may run beside it: nobody, anybody who allows it, or those who do not name the same thing. */
  readonly parallel: boolean | string;
}

interface ScheduleOptions<T> {
  /** How many run at a time. */
  readonly limit: number;
  /** After a failure, go on with what does not need what failed. */
  readonly keepGoing: boolean;
  /** Does the work; false when it failed. What it throws ends the schedule when the others that run have ended. */
  readonly run: (item: T) => Promise<boolean>;
  /** Is told of work that is left out because what it needs failed. */
  readonly skipped: (item: T) => void;
}

/**
 * Runs jobs in their order, side by side where both allow it. A job that does not allow it waits for all before it, and all
 * after it wait for it. After a failure nothing new begins (or, going on, nothing that needs it); what runs is let finish.
 */
export async function runJobs<T>(jobs: readonly Job<T>[], options: ScheduleOptions<T>): Promise<void> {
  const waiting = new Set(jobs);
  const running = new Map<Job<T>, Promise<void>>();
  const failed = new Set<Job<T>>();
  const thrown: unknown[] = [];
  const start = (job: Job<T>): void => {
    waiting.delete(job);
    const work = options
      .run(job.item)
      .then((isDone) => {
        if (!isDone) failed.add(job);
      })
      .catch((error: unknown) => thrown.push(error))
      .finally(() => running.delete(job));
    running.set(
      job,
      work.then(() => undefined),
    );
  };
  for (;;) {
    if (thrown.length > 0 || (failed.size > 0 && !options.keepGoing)) waiting.clear();
    for (const job of startable(waiting, running, options.limit)) {
      if (!job.after.some((other) => failed.has(other))) start(job);
      else {
        waiting.delete(job);
        failed.add(job);
        options.skipped(job.item);
      }
    }
    if (running.size > 0) await Promise.race(running.values());
    else if (waiting.size === 0) break;
  }
  if (thrown.length > 0) throw thrown[0];
}

function startable<T>(
  waiting: ReadonlySet<Job<T>>,
  running: ReadonlyMap<Job<T>, unknown>,
  limit: number,
): Job<T>[] {
  const chosen: Job<T>[] = [];
  const beside = [...running.keys()];
  const isAlone = beside.some(({ parallel }) => parallel === false);
  for (const job of waiting) {
    if (isAlone || beside.length >= limit) break;
    if (job.parallel === false) {
      // It keeps its place in the line.
      if (beside.length === 0 && chosen.length === 0) chosen.push(job);
      break;
    }
    const needs = (other: Job<T>): boolean =>
      job.after.includes(other) && (waiting.has(other) || running.has(other));
    const sharesKey = beside.some(
      ({ parallel }) => typeof parallel === 'string' && parallel === job.parallel,
    );
    if (sharesKey || job.after.some(needs)) continue;
    chosen.push(job);
    beside.push(job);
  }
  return chosen;
}

interface Written {
  readonly stream: 'stdout' | 'stderr';
  readonly chunk: Uint8Array;
}

/** The output of tasks that run side by side, not mixed: the first one's as it comes, the others' when it is their turn. */
export class Lanes {
  readonly #output: Output;
  readonly #open: Lane[] = [];

  constructor(output: Output) {
    this.#output = output;
  }

  /** What one task prints to; `close` it when the task has ended. */
  open(title: string): { readonly output: Output; close(): void } {
    const lane = new Lane(this.#output);
    this.#open.push(lane);
    if (this.#open[0] === lane) lane.show();
    lane.output.emit({ event: 'note', text: title });
    return {
      output: lane.output,
      close: () => {
        lane.isDone = true;
        // Whoever ended while another one was shown is next, whole.
        while (this.#open[0]?.isDone === true) {
          this.#open.shift();
          this.#open.sort((a, b) => Number(b.isDone) - Number(a.isDone));
          this.#open[0]?.show();
        }
      },
    };
  }
}

class Lane {
  readonly output: Output;
  isDone = false;
  isDisplayed = false;
  readonly #parent: Output;
  #held: Written[] = [];

  constructor(parent: Output) {
    this.#parent = parent;
    this.output = parent.beside(this.#sink('stdout'), this.#sink('stderr'));
  }

  /** From here on what is written appears at once; first what was held. */
  show(): void {
    if (this.isDisplayed) return;
    this.isDisplayed = true;
    for (const { stream, chunk } of this.#held) this.#parent.streams[stream].write(chunk);
    this.#held = [];
  }

  #sink(stream: Written['stream']): NodeJS.WriteStream {
    const sink = new Writable({
      autoDestroy: false,
      write: (chunk: Uint8Array, _encoding, done) => {
        if (this.isDisplayed) this.#parent.streams[stream].write(chunk, done);
        else {
          this.#held.push({ stream, chunk });
          done();
        }
      },
    });
    // Whoever wrote is told; nobody else listens.
    sink.on('error', () => undefined);
    const { columns } = this.#parent.streams[stream];
    return trusted<NodeJS.WriteStream>(Object.assign(sink, columns === undefined ? {} : { columns }));
  }
}

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
      const duplicate = isDeduping ? same.get(key) : undefined;
      const job = duplicate ?? { item: call, after: [...before], parallel: task.parallel ?? false };
      if (duplicate === undefined) {
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
    const fallback = params[key]?.default ?? (params[key]?.type === 'bool' ? false : undefined);
    return value !== fallback && JSON.stringify(value) !== '[]';
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
  const nothing = { argv: [], bare: new Set<string>(), given: new Set<string>() };
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
