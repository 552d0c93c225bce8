import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { TaskContext } from '../runner/context.ts';
import { TaskError } from '../util/errors.ts';
import { type ChildOutcome, type ChildStream, type Command, childFailure, runChild } from './child.ts';

/** What a running step can do; children started here show their output under the step. */
export interface StepIo {
  readonly signal: AbortSignal;
  /** Says how far the step is; a live view shows it in the title. */
  progress(progress: StepProgress): void;
  /** Replaces the step's title, to say what came out of it. */
  retitle(title: string): void;
  /** Shows a line under the step. */
  say(line: string): void;
  warn(message: string, hints?: readonly string[]): void;
  /** Runs a child; anything but exit code 0 fails the step with its last words and the command to retype. */
  run(command: Command, options?: RunOptions): Promise<ChildOutcome>;
}

/** How far a step is. */
export interface StepProgress {
  readonly done: number | undefined;
  readonly total: number | undefined;
  readonly secondsLeft: number | undefined;
  readonly file: string;
  /** The same for people: `12 of 340, about 3 min left`. */
  readonly text: string;
}

interface RunOptions {
  /** Takes the child's stdout instead of showing it. */
  readonly stdout?: (bytes: AsyncIterable<Uint8Array>) => Promise<void>;
  /** Sees each line of output instead of showing it. */
  readonly onLine?: (line: string) => void;
  /** Sees every byte of output as it comes; lines are shown all the same. */
  readonly onBytes?: (bytes: Uint8Array) => void;
  /** True hands a bad exit to the caller instead of failing the step. */
  readonly mayFail?: boolean;
  readonly hints?: readonly string[];
  readonly timeoutSeconds?: number | undefined;
  /** What the child reads: nothing (the default), or what this process reads. */
  readonly stdin?: 'ignore' | 'inherit';
  /** Once aborted, asks the child itself to finish ({@link runChild}). */
  readonly finish?: AbortSignal;
  /** Begun once the child runs, and not waited for. It must not fail. */
  readonly meanwhile?: (() => void) | undefined;
}

/**
 * One line of the list that a person sees, told once: `--dry` prints it, a run shows and runs it. Paths are as the step uses
 * them, `-` is stdin or stdout.
 */
export interface Step {
  readonly title: string;
  /** Why it is done, or done this way. */
  readonly why: string;
  /** Files and folders it reads. What no step before made must be there, in a dry run too. */
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  /** The children it starts, exactly; a step inside this program has none. */
  readonly commands?: readonly Command[];
  /** What its commands do not say, for a dry run: `spec.csv: demo,echo,5000`. */
  readonly notes?: readonly string[];
  /** It has the terminal or stdout for itself (a debugger, raw data): it stands in no list, and only such steps come after it. */
  readonly foreground?: boolean;
}

/** Runs a declared step: its work, or its commands one after the other where none is given. What the work returns is what the step made. */
export interface StepRunner {
  (step: Step): Promise<void>;
  <T>(step: Step, work: (io: StepIo) => Promise<T>): Promise<T>;
}

/**
 * Runs `flow`, which runs the steps in their order and hands what one made to the next; a step that it leaves out is skipped.
 * A terminal sees a live list of all of them, a pipe plain lines, `--json` events, `--quiet` nothing. The first failure ends the
 * list and is thrown as it is. With `--dry` the steps are printed instead, and the answer is undefined.
 *
 * @throws TaskError in a dry run too, for an input that is not there
 */
export async function runSteps<T>(
  steps: readonly Step[],
  context: TaskContext,
  flow: (run: StepRunner) => Promise<T>,
): Promise<T | undefined> {
  if (context.dry) return printSteps(steps, context);
  const listed = steps.filter(({ foreground }) => foreground !== true);
  const list = context.output.canDrawLive && listed.length > 0 ? await liveList(listed, context) : undefined;
  const runner = stepRunner(async (step, work) => {
    if (step.foreground !== true) {
      if (list !== undefined) return await list.call(step, work);
      return await runStep(step.title, work, context, { title: step.title, output: '' });
    }
    await list?.end();
    await work(stepIo(step.title, context, silentView));
  });
  try {
    return await flow(runner);
  } finally {
    await list?.end();
  }
}

const silentView = { retitle: () => undefined, progress: () => undefined, say: () => undefined };

type StepWork = (io: StepIo) => Promise<void>;

/** The typed face of a function that only runs steps. */
function stepRunner(run: (step: Step, work: StepWork) => Promise<void>): StepRunner {
  return async <T>(step: Step, work?: (io: StepIo) => Promise<T>): Promise<T | undefined> => {
    let made: T | undefined;
    await run(step, async (io) => {
      if (work !== undefined) made = await work(io);
      else for (const command of step.commands ?? []) await io.run(command);
    });
    return made;
  };
}

interface LiveList {
  /** Has the step's line do this; lines before it that were not called are skipped. */
  call(step: Step, work: StepWork): Promise<void>;
  /** Skips the lines that are left and lets go of the terminal. */
  end(): Promise<void>;
}

/** Draws the steps as a live list. listr2 wants to run its lines itself, so each waits until the flow calls it. */
async function liveList(steps: readonly Step[], context: TaskContext): Promise<LiveList> {
  const { Listr } = await import('listr2');
  const calls = steps.map(() => promiseWithResolver<StepWork | undefined>());
  const list = new Listr(
    steps.map((step, index) => ({
      title: step.title,
      rendererOptions: { outputBar: 4 },
      task: async (_state: unknown, line: StepLine & { skip(): void }) => {
        const work = await calls[index]?.promise;
        if (work === undefined) return line.skip();
        await runStep(step.title, work, context, line);
      },
    })),
    {
      renderer: 'default',
      rendererOptions: {
        showErrorMessage: false,
        collapseErrors: false,
        collapseSkips: false,
        formatOutput: 'truncate',
      },
      exitOnError: true,
      registerSignalListeners: false,
    },
  );
  context.output.setLive(true);
  const drawn = list.run().catch(() => undefined);
  let next = 0;
  const skipTo = (end: number): void => {
    for (; next < end; next += 1) calls[next]?.resolve(undefined);
  };
  return {
    call: async (step, work) => {
      const at = steps.indexOf(step, next);
      if (at < 0) throw new Error(`the step was not declared, or is done: ${step.title}`);
      skipTo(at);
      next = at + 1;
      await new Promise<void>((resolve, reject) => {
        const line: StepWork = async (io) => {
          try {
            await work(io);
            resolve();
          } catch (error) {
            reject(error);
            throw error;
          }
        };
        calls[at]?.resolve(line);
        // A list that has ended, after a failure that the flow survived, runs nothing any more.
        void drawn.then(() => reject(new Error(`the list ended before the step: ${step.title}`)));
      });
    },
    end: async () => {
      skipTo(steps.length);
      await drawn;
      context.output.setLive(false);
    },
  };
}

interface PromiseWithResolver<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

function promiseWithResolver<T>(): PromiseWithResolver<T> {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** `--dry`: what would run, in order. @throws TaskError for an input that neither is there nor would be made */
function printSteps(steps: readonly Step[], { output, cwd }: TaskContext): undefined {
  const made: string[] = [];
  for (const { title, why, inputs = [], outputs = [], commands = [], notes = [] } of steps) {
    for (const input of inputs) assertInput(title, resolve(cwd, input), made);
    made.push(...outputs.map((path) => resolve(cwd, path)));
    const plan = { title, why, inputs, outputs };
    for (const text of notes) output.emit({ event: 'note', text });
    for (const command of commands) output.emit({ event: 'command', command, dry: true, plan });
    if (commands.length === 0) output.emit({ event: 'step', dry: true, plan });
  }
  return undefined;
}

function assertInput(title: string, path: string, made: readonly string[]): void {
  if (basename(path) === '-' || existsSync(path)) return;
  if (made.some((one) => path === one || path.startsWith(`${one}/`))) return;
  throw new TaskError(`${title}: there is no ${path}`, { hints: ['Check the path: ls -l'] });
}

/** What a live view shows of a step. */
interface StepLine {
  title: string | undefined;
  output: string;
}

async function runStep(title: string, work: StepWork, context: TaskContext, line: StepLine): Promise<void> {
  const { output } = context;
  const show = { title };
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  output.emit({ event: 'step-started', title });
  const io = stepIo(title, context, {
    retitle: (text) => {
      show.title = text;
      line.title = text;
    },
    progress: ({ text, ...numbers }) => {
      line.title = `${show.title}: ${text}`;
      output.emit({ event: 'progress', title: show.title, ...numbers });
    },
    say: (said) => {
      line.output = said;
      output.emit({ event: 'output', title, line: said });
    },
  });
  try {
    await work(io);
    line.title = show.title;
    output.emit({ event: 'step-done', title: show.title, seconds: seconds() });
  } catch (error) {
    output.emit({ event: 'step-failed', title: show.title, seconds: seconds() });
    throw error;
  }
}

function stepIo(
  title: string,
  context: TaskContext,
  view: Pick<StepIo, 'retitle' | 'say' | 'progress'>,
): StepIo {
  const { output, signal, env, settings } = context;
  const show = (line: string, stream: ChildStream): void => {
    if (settings.hide !== 'both' && settings.hide !== stream) view.say(line);
  };
  return {
    signal,
    ...view,
    warn: (message, hints = []) => output.emit({ event: 'warning', message, hints }),
    run: async (command, options = {}) => {
      output.emit({ event: 'command', command, dry: false });
      const { stdin = 'ignore', stdout, timeoutSeconds, onBytes, meanwhile, onLine = show } = options;
      const outcome = await runChild(command, {
        signal,
        env,
        settings,
        onLine,
        stdin,
        timeoutSeconds,
        meanwhile,
        ...(onBytes === undefined ? {} : { onBytes }),
        finish: options.finish,
        ...(stdout === undefined ? {} : { stdout }),
      });
      if (outcome.exitCode !== 0 && options.mayFail !== true)
        throw childFailure(title, command, outcome, options.hints);
      return outcome;
    },
  };
}
