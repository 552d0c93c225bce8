import { childFailure, runChild } from '../process/child.ts';
import type { StepIo } from '../process/steps.ts';
import type { TaskContext } from '../runner/context.ts';

/** What importing a profile may do: a step's own means and where it stands. */
export interface ImportIo extends Pick<StepIo, 'signal' | 'warn' | 'run'>, Pick<TaskContext, 'cwd' | 'env'> {
  /** Says something that is no problem. */
  note(text: string): void;
}

/** For a task that reads a profile at once, without a list of steps; children are not shown. */
export function importIo({ output, signal, cwd, env }: TaskContext): ImportIo {
  return {
    signal,
    cwd,
    env,
    note: (text) => output.emit({ event: 'note', text }),
    warn: (message, hints = []) => output.emit({ event: 'warning', message, hints }),
    run: async (command, { stdout, mayFail } = {}) => {
      const outcome = await runChild(command, { signal, env, ...(stdout === undefined ? {} : { stdout }) });
      if (outcome.exitCode !== 0 && mayFail !== true)
        throw childFailure('Could not read the profile', command, outcome);
      return outcome;
    },
  };
}
