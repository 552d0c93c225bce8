import { ProcessSampler } from '../../monitor/process-charts.ts';
import { type ChildOutcome, runChild } from '../../process/child.ts';
import type { TaskContext } from '../../runner/context.ts';
import type { WatchedProgram } from './monitor-request.ts';

const pollMs = 100;

/** The program of `--during`: runs once, in a session of its own, and tells what its processes use. */
export class ProgramRun {
  readonly #program: WatchedProgram;
  readonly #ended = new AbortController();
  #processes: ProcessSampler | undefined;
  #running: Promise<ChildOutcome | undefined> = Promise.resolve(undefined);

  constructor(program: WatchedProgram) {
    this.#program = program;
  }

  /** Aborted when the program has ended, however. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  start(onLine: (line: string) => void, { env, cwd }: TaskContext, signal: AbortSignal): void {
    const poll = setInterval(() => this.#processes?.poll(), pollMs);
    this.#running = runChild(
      { cwd, ...this.#program.command },
      {
        signal,
        env,
        onLine,
        onStart: (pid) => {
          this.#processes = new ProcessSampler(pid);
        },
      },
    ).finally(() => {
      clearInterval(poll);
      this.#ended.abort();
    });
    // Whoever asks for the outcome sees the failure.
    this.#running.catch(() => undefined);
  }

  /** What it and its children used since the last question. */
  values(): Readonly<Record<string, number>> {
    return this.#processes?.sample() ?? {};
  }

  /** How it ended; undefined when it was never started. @throws MachineError, Interrupted: see {@link runChild} */
  async outcome(): Promise<ChildOutcome | undefined> {
    return await this.#running;
  }
}
