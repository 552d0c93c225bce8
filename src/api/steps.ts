import { runSharedSteps, type StepIo } from '../process/steps.ts';
import { changed, currentScope } from './scope.ts';

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
    const displayed = list.map(({ title, run }) => ({
      title,
      run: async (io: StepIo): Promise<void> => {
        await changed({ title, stdin: 'ignore', show: (line) => io.say(line) }, async () => await run(io));
      },
    }));
    return await runSharedSteps(displayed, context);
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
