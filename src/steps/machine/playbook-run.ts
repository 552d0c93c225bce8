import { AnsibleOutput, type HostCounts, type TaskResult } from '../../machine/ansible-output.ts';
import { type ChildOutcome, type Command, childFailure, runChild } from '../../process/child.ts';
import { runSteps, type Step, type StepIo } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { Interrupted, TaskError } from '../../util/errors.ts';
import { at } from '../../util/indexed.ts';

/** What a playbook did. */
export interface PlaybookOutcome {
  /** What was changed (with `--check`: would be), by the names of tasks and items. */
  readonly changed: readonly string[];
  readonly hosts: readonly HostCounts[];
}

/** A task of a playbook that runs or ran. */
interface Task {
  readonly name: string;
  readonly results: TaskResult[];
}

/** A playbook that was started: one child, whose tasks come one after the other. */
interface Run {
  readonly tasks: readonly Task[];
  readonly hosts: readonly HostCounts[];
  /** Waits until a task is done, or passed over. */
  taskEnded(index: number): Promise<void>;
  /** The end of the child; never fails. */
  readonly ended: Promise<void>;
  /** What went wrong, as far as the child has come. */
  failure(): unknown;
}

/**
 * Runs a playbook as a step for each of its tasks; the first one starts the child.
 *
 * @param names its tasks; none are known in a dry run, where the command is all that there is to tell
 * @returns undefined for a dry run
 * @throws TaskError when it failed on any host
 */
export async function runPlaybook(
  command: Command,
  names: readonly string[],
  isCheck: boolean,
  context: TaskContext,
): Promise<PlaybookOutcome | undefined> {
  const start: Step = {
    title: 'Look at the machine',
    why: 'Ansible gathers facts before the tasks of the playbook, all of which this one child runs',
    commands: [command],
  };
  const tasks = names.map((name): Step => ({ title: name, why: 'a task of the playbook' }));
  return await runSteps([start, ...tasks], context, async (step) => {
    const run = await step(start, async (io) => {
      const started = startPlaybook(command, names, context);
      await showTask(started, 0, isCheck, io);
      return started;
    });
    for (const [index, task] of tasks.entries())
      await step(task, async (io) => await showTask(run, index + 1, isCheck, io));
    await run.ended;
    if (run.failure() !== undefined) throw run.failure();
    return { changed: run.tasks.flatMap(changesOf), hosts: run.hosts };
  });
}

function startPlaybook(command: Command, names: readonly string[], context: TaskContext): Run {
  // Ansible's own first task is in no list.
  const tasks: Task[] = ['Gathering Facts', ...names].map((name) => ({ name, results: [] }));
  const hosts: HostCounts[] = [];
  const waiting: { readonly index: number; readonly resolve: () => void }[] = [];
  let current = -1;
  const goTo = (index: number): void => {
    current = index;
    for (const one of waiting) if (one.index < index) one.resolve();
  };
  const output = new AnsibleOutput();
  const take = (line: string): void => {
    const event = output.push(line);
    if (event?.kind === 'counts') {
      const { kind: _, ...ofHost } = event;
      hosts.push(ofHost);
    } else if (event?.kind === 'result') {
      at(tasks, Math.max(0, current)).results.push(event);
    } else if (event !== undefined) {
      const next = tasks.findIndex((task, index) => index > current && task.name === event.name);
      if (next >= 0) goTo(next);
    }
  };
  const { signal, env } = context;
  context.output.emit({ event: 'command', command, dry: false });
  let failure: unknown;
  const ended = runChild(command, {
    signal,
    env,
    stdout: async (bytes) => {
      for await (const line of linesOf(bytes)) take(line);
    },
  })
    .then((outcome) => {
      if (outcome.exitCode !== 0) failure = explain(command, outcome, tasks, context);
    })
    .catch((error: unknown) => {
      failure = error;
    })
    .finally(() => goTo(tasks.length));
  return {
    tasks,
    hosts,
    taskEnded: async (index) => {
      if (index < current) return;
      await new Promise<void>((resolve) => waiting.push({ index, resolve }));
    },
    ended,
    failure: () => failure,
  };
}

/** Waits for a task, and says what it did. @throws what ended the playbook in it */
async function showTask(run: Run, index: number, isCheck: boolean, io: StepIo): Promise<void> {
  await run.taskEnded(index);
  io.signal.throwIfAborted();
  const task = at(run.tasks, index);
  const isEnd = task.results.length > 0 && task.results.every(({ status }) => isBad(status));
  // A failure on one of several hosts does not belong to the steps that the others went on with.
  const hasFailed = run.tasks.some(({ results }) => results.some(({ status }) => isBad(status)));
  if (isEnd || index === run.tasks.length - 1) await run.ended;
  if (run.failure() !== undefined && (isEnd || !hasFailed)) throw run.failure();
  for (const { host, message, status } of task.results) {
    if (status === 'ok' && message !== undefined) io.warn(message);
    if (isBad(status))
      io.warn(`${host} ${status === 'failed' ? 'failed' : 'cannot be reached'}: ${message ?? ''}`);
  }
  io.retitle(titleOf(task, isCheck));
}

function changesOf({ name, results }: Task): string[] {
  const items = results.filter(({ status }) => status === 'changed').map(({ item }) => item);
  if (items.length === 0) return [];
  const named = [...new Set(items.filter((item) => item !== undefined))];
  return [named.length === 0 ? name : `${name}: ${named.join(', ')}`];
}

function titleOf({ name, results }: Task, isCheck: boolean): string {
  const title = name === 'Gathering Facts' ? 'Looked at the machine' : name;
  const changed = results.filter(({ status }) => status === 'changed');
  if (changed.length > 0) {
    const items = [...new Set(changed.flatMap(({ item }) => (item === undefined ? [] : [item])))];
    const what = items.length === 0 ? '' : ` ${items.join(', ')}`;
    return `${title}: ${isCheck ? 'would change' : 'changed'}${what}`;
  }
  const isSkipped = results.length > 0 && results.every(({ status }) => status === 'skipped');
  return isSkipped ? `${title}: not needed` : title;
}

/** The first thing that went wrong, as the task says it in which it went wrong. */
function explain(
  command: Command,
  outcome: ChildOutcome,
  tasks: readonly Task[],
  context: TaskContext,
): Error {
  if (context.signal.aborted) return new Interrupted();
  const task = tasks.find(({ results }) => results.some(({ status }) => isBad(status)));
  const bad = task?.results.find(({ status }) => isBad(status));
  const failure = childFailure('Could not run the playbook', command, outcome);
  if (task === undefined || bad === undefined) return failure;
  const what = bad.item === undefined ? task.name : `${task.name} (${bad.item})`;
  const how = bad.status === 'unreachable' ? 'cannot be reached' : 'failed';
  const [first = 'it said nothing', ...more] = (bad.message ?? '').split(/\r?\n/);
  const detail = [...more, ...(bad.lastLines?.split('\n') ?? [])].join('\n').trim();
  return new TaskError(`${bad.host} ${how} at "${what}": ${first}`, {
    exitCode: outcome.exitCode,
    hints: [...hintsFor(bad), ...failure.hints],
    ...(detail === '' ? {} : { detail }),
  });
}

function hintsFor({ message = '', status, host }: TaskResult): string[] {
  if (/password is required|Missing sudo password/i.test(message)) {
    return ['sudo wants a password there: run tasks as root, or type the commands yourself: add --by-hand'];
  }
  return status === 'unreachable' ? [`Does this work? ssh ${host} true`] : [];
}

function isBad(status: TaskResult['status']): boolean {
  return status === 'failed' || status === 'unreachable';
}

async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let partial = '';
  for await (const chunk of bytes) {
    const lines = (partial + decoder.decode(chunk, { stream: true })).split('\n');
    partial = lines.pop() ?? '';
    yield* lines;
  }
  if (partial !== '') yield partial;
}
