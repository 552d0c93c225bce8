import { access, copyFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findOnPath } from '../../faasm/binaries.ts';
import { namesOf } from '../../import/function-names.ts';
import type { ChildOutcome, Command } from '../../process/child.ts';
import { printPlan, runSharedSteps, type StepIo } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { assertWritable } from '../../util/atomic-write.ts';
import { Interrupted, MachineError, TaskError, UsageError } from '../../util/errors.ts';
import { makeRunFolder, type RunFolder, runFolderAt } from '../../util/run-folder.ts';
import type { KnownModule } from '../../wasm/known-module.ts';
import { assertRunnable, type DebuggedArgs, debuggedFunction, debuggedProgram } from './debugged-program.ts';
import { valgrindCommand } from './valgrind-command.ts';
import { unknownInstruction, valgrindRefusal } from './valgrind-refusal.ts';
import { ValgrindResults } from './valgrind-results.ts';
import { isChecker, type ValgrindTool } from './valgrind-tools.ts';

export interface ValgrindArgs extends DebuggedArgs {
  readonly tool: ValgrindTool;
  readonly output: string | undefined;
  readonly suppressions: readonly string[];
  readonly option: readonly string[];
  readonly timeout: number | undefined;
  readonly keep: boolean;
}

const TICK_MS = 1000;
const TIMED_OUT = 124;

/** `debug.valgrind`: one of valgrind's tools on the runner, with source names for what its JIT compiles. */
export async function debugWithValgrind(args: ValgrindArgs, context: TaskContext): Promise<void> {
  const files = await debuggedFunction(args, context);
  const program = await debuggedProgram(args, files, context);
  const { tool, suppressions, option: options } = args;
  if (suppressions.length > 0 && !isChecker(tool)) {
    throw new UsageError(`--suppressions means nothing to ${tool}, which finds no errors`);
  }
  const found = await findOnPath('valgrind', context.env);
  const request = { valgrind: found ?? 'valgrind', tool, program, cwd: context.cwd, suppressions, options };
  if (context.dry) {
    const folder = runFolderAt(join('/tmp', 'faasm-tasks-XXXXXX'));
    return printPlan([valgrindCommand({ ...request, folder })], context);
  }
  assertRunnable(program, args, files);
  await assertFiles(suppressions, context.cwd);
  if (found === undefined) {
    throw new MachineError('valgrind is not installed', {
      hints: ['tasks setup.valgrind', 'Debian and Ubuntu: sudo apt-get install valgrind libc6-dbg'],
    });
  }
  const displayName = outputName(args);
  if (displayName !== undefined) await assertWritable(resolve(context.cwd, displayName), displayName);
  const module = await namesOf(files, context.signal);
  const folder = await makeRunFolder({ keep: args.keep });
  try {
    await runAndReport(args, module, valgrindCommand({ ...request, folder }), folder, context);
  } finally {
    await folder.dispose();
    if (args.keep) context.output.emit({ event: 'note', text: `work files: ${folder.path}` });
  }
}

/** Where the result goes: the graph that callgrind always makes, or what was asked for. */
function outputName({ tool, output }: ValgrindArgs): string | undefined {
  if (output === '')
    throw new UsageError('--output is empty', { hints: ['For example: --output=report.xml'] });
  return output ?? (tool === 'callgrind' ? 'flame.svg' : undefined);
}

async function assertFiles(paths: readonly string[], cwd: string): Promise<void> {
  for (const path of paths) {
    await access(resolve(cwd, path)).catch((cause: unknown) => {
      throw new UsageError(`--suppressions=${path}: there is no such file, or it may not be read`, { cause });
    });
  }
}

async function runAndReport(
  args: ValgrindArgs,
  module: KnownModule,
  command: Command,
  folder: RunFolder,
  context: TaskContext,
): Promise<void> {
  const { tool } = args;
  const name = `${args.user}/${args.func}`;
  const results = new ValgrindResults({ tool, name, folder, module }, context);
  const displayName = outputName(args);
  context.output.emit({
    event: 'note',
    text: 'under valgrind a program is 20 to 50 times slower, and its threads take turns',
  });
  let outcome: ChildOutcome | undefined;
  try {
    await runSharedSteps(
      [
        {
          title: `Run ${name} under ${tool}`,
          run: async (io) => {
            outcome = await runWithClock(command, args.timeout, io);
            await assertItRan(outcome, command, results);
          },
        },
        { title: 'Read what it wrote', run: async (io) => await results.read(displayName, io) },
      ],
      context,
    );
  } catch (error) {
    if (error instanceof Interrupted || context.signal.aborted) await results.sayPartial();
    throw error;
  }
  if (outcome === undefined) return;
  if (displayName !== undefined && tool !== 'callgrind') {
    await copyFile(await results.mainFile(), resolve(context.cwd, displayName));
  }
  results.report(displayName, outcome);
  for (const warning of results.warnings) context.output.emit({ event: 'warning', ...warning });
  const { exitCode, timedOut } = outcome;
  if (timedOut) {
    throw new TaskError(`${name} still ran when the time was up; above is what ${tool} saw until then`, {
      exitCode: TIMED_OUT,
      hints: ['--timeout=SECONDS gives it longer'],
    });
  }
  if (results.errorCount > 0) {
    throw new TaskError(`${tool} found ${results.headline} in ${name}`, {
      hints: ['What is not yours to fix goes into a file: --suppressions=FILE (docs/valgrind.md says how)'],
    });
  }
  if (exitCode === 0) return;
  const how = outcome.signal ?? results.signal ?? `exit code ${exitCode}`;
  if (!isChecker(tool)) throw new TaskError(`${name} ended with ${how}`, { exitCode });
  context.output.emit({
    event: 'warning',
    message: `${name} itself ended with ${how}; ${tool} found nothing wrong`,
    hints: [],
  });
}

/** A live view shows how long it takes already: nobody can say how long it will. */
async function runWithClock(
  command: Command,
  timeoutSeconds: number | undefined,
  io: StepIo,
): Promise<ChildOutcome> {
  const started = performance.now();
  const clock = setInterval(() => {
    const seconds = Math.round((performance.now() - started) / 1000);
    const text = timeoutSeconds === undefined ? `${seconds} s` : `${seconds} of at most ${timeoutSeconds} s`;
    io.progress({ done: seconds, total: timeoutSeconds, secondsLeft: undefined, file: '', text });
  }, TICK_MS);
  try {
    return await io.run(command, { mayFail: true, timeoutSeconds });
  } finally {
    clearInterval(clock);
  }
}

/** @throws TaskError when valgrind refused, or met code that it cannot run */
async function assertItRan(outcome: ChildOutcome, command: Command, results: ValgrindResults): Promise<void> {
  const printed = `${await results.log()}\n${outcome.tail}`;
  if (outcome.exitCode === 0) return;
  const refusal = valgrindRefusal(printed);
  if (refusal !== undefined) throw refusal;
  const instruction = unknownInstruction(printed);
  if (
    instruction !== undefined &&
    (outcome.signal === 'SIGILL' || outcome.exitCode === 132 || /SIGILL/.test(printed))
  ) {
    throw new TaskError(`The program used an instruction that this valgrind does not know: ${instruction}`, {
      hints: [
        'Mostly it is one of AVX-512; a newer valgrind may know it: valgrind --version',
        'Build the program for an older processor: tasks dev.cmake --cpu=NAME',
      ],
    });
  }
  if (!outcome.timedOut && (await results.isEmpty())) {
    throw new TaskError(`valgrind ended with exit code ${outcome.exitCode} and wrote nothing`, {
      exitCode: outcome.exitCode,
      detail: printed.trim(),
      hints: [`Run it by hand: ${command.argv.slice(0, 2).join(' ')} …  (tasks --dry shows the whole line)`],
    });
  }
}
