import { AsyncLocalStorage } from 'node:async_hooks';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { runSteps, type StepIo } from '../process/steps.ts';
import type { TaskContext } from '../runner/context.ts';
import { TaskError } from '../util/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What commands of a running task start from; {@link within} lays more over it. */
export interface Scope {
  readonly context: TaskContext;
  /** What is being done, for messages: the task's name or the step's title. */
  readonly title: string;
  readonly cwd: string;
  readonly env: Environment;
  /** The part of `env` that blocks laid over the task's. */
  readonly laidOver: Environment;
  /** Shell lines that have to succeed before each command, in its own shell. */
  readonly prefixes: readonly string[];
  /** What commands read. */
  readonly stdin: 'inherit' | 'ignore';
  /** Takes lines of output while a step is shown. */
  readonly show: ((line: string) => void) | undefined;
}

export interface WithinOptions {
  /** Relative to the folder of the enclosing block; `~` is the home folder. */
  readonly cwd?: string;
  /** Laid over the environment; undefined takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A shell line run before each command, in the same shell, for what it sets there: `source venv/bin/activate`. */
  readonly prefix?: string;
}

const storage = new AsyncLocalStorage<Scope>();

/** The scope of the task that is running. @throws TaskError outside of one. */
export function currentScope(): Scope {
  const scope = storage.getStore();
  if (scope !== undefined) return scope;
  throw new TaskError('a command was called outside of a task', {
    hints: ['Call it in the `run` function of a task, not while the file is loaded.'],
  });
}

/** Runs a task's body, whose commands start where `tasks` was typed. */
export async function inTask<T>(title: string, context: TaskContext, body: () => Promise<T>): Promise<T> {
  const { cwd, env } = context;
  return await storage.run(
    {
      context,
      title,
      cwd,
      env,
      laidOver: {},
      prefixes: [],
      stdin: context.output.isShared ? 'ignore' : 'inherit',
      show: undefined,
    },
    body,
  );
}

/** Runs a block with a part of the scope changed. */
export async function changed<T>(change: Partial<Scope>, body: () => Promise<T>): Promise<T> {
  return await storage.run({ ...currentScope(), ...change }, body);
}

/** Runs a block whose commands start in another folder, with more environment, or behind a prefix; blocks nest. */
export async function within<T>(options: WithinOptions, body: () => Promise<T>): Promise<T> {
  const outer = currentScope();
  const change = {
    cwd: options.cwd === undefined ? outer.cwd : folderFrom(outer.cwd, options.cwd),
    env: { ...outer.env, ...options.env },
    laidOver: { ...outer.laidOver, ...options.env },
    prefixes: options.prefix === undefined ? outer.prefixes : [...outer.prefixes, options.prefix],
  };
  return await changed(change, body);
}

/** Runs a block in another folder: `await cd('build', async () => { … })`. */
export async function cd<T>(folder: string, body: () => Promise<T>): Promise<T> {
  return await within({ cwd: folder }, body);
}

/** Runs a block whose commands come after a shell line that succeeded, in the same shell. */
export async function prefix<T>(line: string, body: () => Promise<T>): Promise<T> {
  return await within({ prefix: line }, body);
}

/** A folder as a person writes it: relative to another one, or to the home folder with `~`. */
export function folderFrom(from: string, folder: string): string {
  const isAtHome = folder === '~' || folder.startsWith('~/');
  return resolve(from, isAtHome ? join(homedir(), folder.slice(1)) : folder);
}

/**
 * The files that patterns name, relative to the folder of the enclosing block, sorted: what a shell would have put in.
 * `**` goes through folders, `!` in front takes out. No file is an empty list.
 */
export async function glob(patterns: string | readonly string[]): Promise<readonly string[]> {
  const { glob: find } = await import('zx');
  const { cwd } = currentScope();
  const found = await find(typeof patterns === 'string' ? [patterns] : [...patterns], { cwd });
  return found.sort();
}

/** One line of the list that a person sees. */
export interface OwnStep {
  readonly title: string;
  /** Commands called in here show their output under the step. */
  readonly run: (io: StepIo) => Promise<unknown>;
}

/**
 * Runs steps one after the other: a live list on a terminal, plain lines in a pipe, events with --json; with --dry their
 * commands are printed. The first failure ends the list and the task.
 */
export async function steps(list: readonly OwnStep[]): Promise<void> {
  const { context } = currentScope();
  if (!context.dry) {
    const declared = list.map(({ title, run }) => ({ title, why: 'a step of this task', run }));
    await runSteps(declared, context, async (step) => {
      for (const one of declared)
        await step(one, async (io) => {
          const change = { title: one.title, stdin: 'ignore', show: (line: string) => io.say(line) } as const;
          await changed(change, async () => await one.run(io));
        });
    });
    return;
  }
  for (const { title, run } of list) {
    context.output.emit({ event: 'note', text: title });
    await changed({ title }, async () => await run(silentIo(context.signal)));
  }
}

/** What a step can say in a dry run: nothing, for nothing happens. */
function silentIo(signal: AbortSignal): StepIo {
  const nothing = (): void => undefined;
  return {
    signal,
    progress: nothing,
    retitle: nothing,
    say: nothing,
    warn: nothing,
    run: async (command) => {
      currentScope().context.output.emit({ event: 'command', command, dry: true });
      return { exitCode: 0, signal: undefined, timedOut: false, tail: '' };
    },
  };
}
