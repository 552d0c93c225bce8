import type { TaskContext } from '../runner/context.ts';
import type { StepPlan } from '../runner/events.ts';
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
  /** Begun once the child runs, and not waited for. It must not fail. */
  readonly meanwhile?: (() => void) | undefined;
}

/** One line of the list a person sees. Steps run in order and share a state that the caller owns. */
export interface Step {
  readonly title: string;
  readonly run: (io: StepIo) => Promise<void>;
}

/**
 * Runs steps one after the other: a live tree on a terminal, plain lines in a pipe, events with `--json`, silence with
 * `--quiet`. The first failure ends the list and is thrown as it is.
 */
export async function runSteps(steps: readonly Step[], context: TaskContext): Promise<void> {
  const { output } = context;
  if (!output.canDrawLive) {
    for (const step of steps) await runStep(step, context, { title: step.title, output: '' });
    return;
  }
  const { Listr } = await import('listr2');
  const list = new Listr(
    steps.map((step) => ({
      title: step.title,
      rendererOptions: { outputBar: 4 },
      task: async (_state: unknown, line: StepLine) => await runStep(step, context, line),
    })),
    {
      renderer: 'default',
      rendererOptions: { showErrorMessage: false, collapseErrors: false, formatOutput: 'truncate' },
      exitOnError: true,
      registerSignalListeners: false,
    },
  );
  output.setLive(true);
  try {
    await list.run();
  } finally {
    output.setLive(false);
  }
}

/** What a live view shows of a step. */
interface StepLine {
  title: string | undefined;
  output: string;
}

async function runStep(step: Step, context: TaskContext, line: StepLine): Promise<void> {
  const { output } = context;
  const show = { title: step.title };
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  output.emit({ event: 'step-started', title: step.title });
  const io = stepIo(step, context, {
    retitle: (title) => {
      show.title = title;
      line.title = title;
    },
    progress: ({ text, ...numbers }) => {
      line.title = `${show.title}: ${text}`;
      output.emit({ event: 'progress', title: show.title, ...numbers });
    },
    say: (said) => {
      line.output = said;
      output.emit({ event: 'output', title: step.title, line: said });
    },
  });
  try {
    await step.run(io);
    line.title = show.title;
    output.emit({ event: 'step-done', title: show.title, seconds: seconds() });
  } catch (error) {
    output.emit({ event: 'step-failed', title: show.title, seconds: seconds() });
    throw error;
  }
}

function stepIo(
  step: Step,
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
      const { stdout, timeoutSeconds, onBytes, meanwhile, onLine = show } = options;
      const outcome = await runChild(command, {
        signal,
        env,
        settings,
        onLine,
        timeoutSeconds,
        meanwhile,
        ...(onBytes === undefined ? {} : { onBytes }),
        ...(stdout === undefined ? {} : { stdout }),
      });
      if (outcome.exitCode !== 0 && options.mayFail !== true)
        throw childFailure(step.title, command, outcome, options.hints);
      return outcome;
    },
  };
}

/** Something that a dry run tells of: a command, a remark, or a step inside this program; and what it is for. */
export type Planned =
  | (Command & { readonly plan?: StepPlan })
  | { readonly note: string; readonly plan?: StepPlan }
  | { readonly plan: StepPlan };

/** `--dry`: prints the commands that would run, and remarks between them; for programs also what each step is for. */
export function printPlan(items: readonly Planned[], { output }: TaskContext): void {
  for (const item of items) {
    const plan = item.plan === undefined ? {} : { plan: item.plan };
    if ('note' in item) output.emit({ event: 'note', text: item.note, ...plan });
    else if ('argv' in item) output.emit({ event: 'command', command: item, dry: true, ...plan });
    else output.emit({ event: 'step', dry: true, ...item });
  }
}
