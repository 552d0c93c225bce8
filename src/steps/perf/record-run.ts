import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { findOnPath } from '../../faasm/binaries.ts';
import { type Command, childFailure } from '../../process/child.ts';
import {
  type Planned,
  printPlan,
  runSharedSteps,
  type SharedStep,
  type StepIo,
} from '../../process/steps.ts';
import { explainPerfFailure, perfMissing, perfUnusableError } from '../../profile/perf-failure.ts';
import type { TaskContext } from '../../runner/context.ts';
import { assertWritable } from '../../util/atomic-write.ts';
import { messageOf, TaskError, UsageError } from '../../util/errors.ts';
import { claimOutput } from '../../util/output-lock.ts';
import type { PerfTarget } from './target.ts';
import { buildIdCache, dropIfEmpty, freshWorkFolder, workFolderOf } from './work-folder.ts';

/** What makes one kind of recording different from another. */
export interface Recipe {
  /** Of `perf record`: events, clock, callers. */
  readonly flags: readonly string[];
  /** Explains a failure that only this recipe has; undefined for others. */
  readonly explain?: (printed: string) => { readonly why: string; readonly fix: string } | undefined;
}

/** A recording's place on disk. */
export interface RecordingFile {
  /** As it was typed. */
  readonly displayName: string;
  readonly path: string;
}

/** One `perf record` into a file of the user's: claimed, written whole or not at all, perf's refusals explained. */
export class RecordRun {
  /** The recording, absolute. */
  readonly path: string;
  readonly #shown: string;
  readonly #target: PerfTarget;
  readonly #recipe: Recipe;
  readonly #context: TaskContext;
  #endedWith: TaskError | undefined;

  constructor(file: RecordingFile, target: PerfTarget, recipe: Recipe, context: TaskContext) {
    this.path = file.path;
    this.#shown = file.displayName;
    this.#target = target;
    this.#recipe = recipe;
    this.#context = context;
  }

  /** The command, whose file gets its name only when it is whole. */
  get command(): Command {
    const { argv, cwd, env } = this.#target;
    const flags = [...this.#recipe.flags, '--no-bpf-event', '--no-buildid', '--no-buildid-cache'];
    const cache = ['--buildid-dir', buildIdCache(this.path)];
    return {
      argv: ['perf', ...cache, 'record', ...flags, '-o', this.#part, '--', ...argv],
      cwd,
      env,
    };
  }

  /** What `--dry` prints of it. */
  #plan(why: string): Planned[] {
    const { spec, name, argv } = this.#target;
    const before = spec === undefined ? [] : [{ note: `${spec.path}: ${spec.text.trim()}` }];
    const inputs = spec === undefined ? [argv[0]] : [spec.path];
    const record = { title: `Record ${name}`, why, inputs, outputs: [this.#part, workFolderOf(this.path)] };
    const rename = {
      title: `Name the recording ${this.#shown}`,
      why: 'a file gets its name only when it is whole',
      inputs: [this.#part],
      outputs: [this.path],
    };
    return [
      ...before,
      { ...this.command, plan: record },
      { note: `renames ${this.#part} to ${this.path}`, plan: rename },
    ];
  }

  printPlan(why: string, after: readonly Planned[] = []): void {
    printPlan([...this.#plan(why), ...after], this.#context);
  }

  /** Records, then runs the steps that follow. A program that failed is told at the end: what it did may be wanted. */
  async run(title: string, after: readonly SharedStep[] = []): Promise<void> {
    const { output } = this.#context;
    if ((await findOnPath('perf')) === undefined) throw perfUnusableError(perfMissing);
    await assertWritable(this.path, this.#shown);
    const release = await claimOutput(this.path, '2.perf.data');
    const folder = workFolderOf(this.path);
    try {
      await freshWorkFolder(folder).catch((error: unknown) => {
        throw new TaskError(`Could not make the folder for dumps, ${folder}: ${messageOf(error)}`, {
          cause: error,
          hints: ['Write the recording where you may: --output=/tmp/perf.data'],
        });
      });
      await runSharedSteps([{ title, run: this.#record }, ...after], this.#context);
    } finally {
      await rm(this.#part, { force: true });
      await dropIfEmpty(folder);
      await release();
    }
    if (this.#endedWith !== undefined) {
      const { message, exitCode, hints, detail = '' } = this.#endedWith;
      output.emit({ event: 'note', text: `${this.#shown} holds what it did until then` });
      throw new TaskError(message, { exitCode, hints, detail });
    }
  }

  get #part(): string {
    return `${this.path}.part`;
  }

  readonly #record = async (io: StepIo): Promise<void> => {
    const { spec } = this.#target;
    if (spec !== undefined) await writeFile(spec.path, spec.text);
    const { command } = this;
    const outcome = await io.run(command, { mayFail: true });
    const written = await stat(this.#part).catch(() => undefined);
    if (written === undefined || written.size === 0) {
      const known = this.#recipe.explain?.(outcome.tail) ?? explainPerfFailure(outcome.tail);
      if (known !== undefined) throw perfUnusableError(known);
      throw childFailure('Could not record with perf', command, outcome);
    }
    await rename(this.#part, this.path);
    if (outcome.exitCode !== 0) this.#endedWith = childFailure('Recorded', command, outcome);
    io.retitle(`Recorded ${this.#target.name}: ${this.#shown}, ${kibibytes(written.size)}`);
  };
}

/** Where a recording goes. @throws UsageError for what is no file name. */
export function recordingFile(displayName: string, { cwd }: TaskContext): RecordingFile {
  if (displayName !== '' && displayName !== '-') return { displayName, path: resolve(cwd, displayName) };
  throw new UsageError('A recording needs a file: its dumps are kept beside it', {
    hints: ['For example: --output=perf.data'],
  });
}

function kibibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024)} KiB`;
}
