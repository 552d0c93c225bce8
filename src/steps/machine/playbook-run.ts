import { AnsibleOutput, type HostCounts, type TaskResult } from '../../machine/ansible-output.ts';
import { type Command, childFailure, runChild } from '../../process/child.ts';
import type { SharedStep, StepIo } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { Interrupted, TaskError } from '../../util/errors.ts';

interface Task {
  readonly name: string;
  readonly results: TaskResult[];
  readonly ended: Promise<void>;
  readonly end: () => void;
}

/** One run of a playbook, shown as a step for each of its tasks: the first starts it, each waits for its own task. */
export class PlaybookRun {
  readonly #command: Command;
  readonly #context: TaskContext;
  readonly #isCheck: boolean;
  readonly #tasks: readonly Task[];
  readonly #counts: HostCounts[] = [];
  #current = -1;
  #child: Promise<void> | undefined;
  #failure: unknown;

  constructor(command: Command, names: readonly string[], isCheck: boolean, context: TaskContext) {
    this.#command = command;
    this.#context = context;
    this.#isCheck = isCheck;
    // Ansible's own first task is in no list.
    this.#tasks = ['Gathering Facts', ...names].map((name) => {
      const { promise, resolve } = deferred();
      return { name, results: [], ended: promise, end: resolve };
    });
  }

  /** What each host made of it; complete when every step is done. */
  get counts(): readonly HostCounts[] {
    return this.#counts;
  }

  /** What was changed (with `--check`: would be), by the names of tasks and items. */
  get changed(): readonly string[] {
    return this.#tasks.flatMap((task) => {
      const items = task.results.filter(({ status }) => status === 'changed').map(({ item }) => item);
      if (items.length === 0) return [];
      const named = [...new Set(items.filter((item) => item !== undefined))];
      return [named.length === 0 ? task.name : `${task.name}: ${named.join(', ')}`];
    });
  }

  steps(): SharedStep[] {
    return this.#tasks.map((task) => ({
      title: task.name === 'Gathering Facts' ? 'Look at the machine' : task.name,
      run: async (io) => await this.#follow(task, io),
    }));
  }

  /** Waits for the end. @throws TaskError when it failed on any host. */
  async finish(): Promise<void> {
    await this.#child;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #follow(task: Task, io: StepIo): Promise<void> {
    this.#child ??= this.#start();
    await task.ended;
    io.signal.throwIfAborted();
    const isEnd = this.#everyHostFailed(task);
    if (isEnd || task === this.#tasks.at(-1)) await this.#child;
    // A failure on one of several hosts does not belong to the steps that the others went on with.
    const isOurs = isEnd || !this.#tasks.some(({ results }) => results.some(({ status }) => isBad(status)));
    if (this.#failure !== undefined && isOurs) throw this.#failure;
    for (const { message, status } of task.results)
      if (status === 'ok' && message !== undefined) io.warn(message);
    for (const { host, message, status } of task.results) {
      if (isBad(status))
        io.warn(`${host} ${status === 'failed' ? 'failed' : 'cannot be reached'}: ${message ?? ''}`);
    }
    io.retitle(this.#titleOf(task));
  }

  #titleOf(task: Task): string {
    const title = task.name === 'Gathering Facts' ? 'Looked at the machine' : task.name;
    const { results } = task;
    const changed = results.filter(({ status }) => status === 'changed');
    if (changed.length > 0) {
      const items = [...new Set(changed.flatMap(({ item }) => (item === undefined ? [] : [item])))];
      const what = items.length === 0 ? '' : ` ${items.join(', ')}`;
      return `${title}: ${this.#isCheck ? 'would change' : 'changed'}${what}`;
    }
    return results.length > 0 && results.every(({ status }) => status === 'skipped')
      ? `${title}: not needed`
      : title;
  }

  async #start(): Promise<void> {
    const output = new AnsibleOutput();
    const { signal, env } = this.#context;
    this.#context.output.emit({ event: 'command', command: this.#command, dry: false });
    try {
      const outcome = await runChild(this.#command, {
        signal,
        env,
        stdout: async (bytes) => {
          for await (const line of linesOf(bytes)) this.#take(output.push(line));
        },
      });
      if (outcome.exitCode !== 0) this.#failure = this.#explain(outcome);
    } catch (error) {
      this.#failure = error;
    } finally {
      for (const task of this.#tasks) task.end();
    }
  }

  #take(event: ReturnType<AnsibleOutput['push']>): void {
    if (event === undefined) return;
    if (event.kind === 'counts') {
      const { kind: _, ...ofHost } = event;
      this.#counts.push(ofHost);
    } else if (event.kind === 'result') {
      this.#tasks[Math.max(0, this.#current)]?.results.push(event);
    } else {
      const next = this.#tasks.findIndex((task, at) => at > this.#current && task.name === event.name);
      if (next < 0) return;
      for (const task of this.#tasks.slice(0, next)) task.end();
      this.#current = next;
    }
  }

  #everyHostFailed(task: Task): boolean {
    return task.results.length > 0 && task.results.every(({ status }) => isBad(status));
  }

  /** The first thing that went wrong, in the words of the task that it went wrong in. */
  #explain(outcome: Awaited<ReturnType<typeof runChild>>): Error {
    if (this.#context.signal.aborted) return new Interrupted();
    const task = this.#tasks.find(({ results }) => results.some(({ status }) => isBad(status)));
    const bad = task?.results.find(({ status }) => isBad(status));
    const failure = childFailure('Could not run the playbook', this.#command, outcome);
    if (task === undefined || bad === undefined) return failure;
    const what = bad.item === undefined ? task.name : `${task.name} (${bad.item})`;
    const how = bad.status === 'unreachable' ? 'cannot be reached' : 'failed';
    const [first = 'it said nothing', ...more] = (bad.message ?? '').split(/\r?\n/);
    const detail = [...more, ...(bad.lastWords?.split('\n') ?? [])].join('\n').trim();
    return new TaskError(`${bad.host} ${how} at "${what}": ${first}`, {
      exitCode: outcome.exitCode,
      hints: [...hintsFor(bad), ...failure.hints],
      ...(detail === '' ? {} : { detail }),
    });
  }
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
  let rest = '';
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
