import { access, copyFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { findOnPath } from '../../faasm/binaries.ts';
import { type FunctionFiles, functionName } from '../../faasm/functions.ts';
import { namesOf } from '../../import/function-names.ts';
import type { ChildOutcome, Command } from '../../process/child.ts';
import { runSteps, type Step, type StepIo } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { assertWritable } from '../../util/atomic-write.ts';
import { Interrupted, MachineError, TaskError, UsageError } from '../../util/errors.ts';
import { ProfileOutput } from '../flame/profile-output.ts';
import {
  assertRunnable,
  type DebuggedArgs,
  type DebuggedProgram,
  debugFolder,
  debuggedFunction,
  debuggedProgram,
} from './debugged-program.ts';
import { isChecker, resultName, type ValgrindTool, valgrindCommand } from './valgrind-command.ts';
import type { ValgrindReport } from './valgrind-report.ts';
import {
  readResult,
  sayPartial,
  type ValgrindFiles,
  type ValgrindRun,
  valgrindFiles,
} from './valgrind-results.ts';

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

/** What each tool is run for. */
const purposes: Readonly<Record<ValgrindTool, string>> = {
  memcheck: 'finds memory errors and leaks',
  helgrind: 'finds data races',
  callgrind: 'counts instructions and calls',
  massif: 'records who holds heap memory',
  cachegrind: 'counts cache misses',
};

/** `debug.valgrind`: one of valgrind's tools on the runner, with source names for what its JIT compiles. */
export async function debugWithValgrind(args: ValgrindArgs, context: TaskContext): Promise<void> {
  const { tool, suppressions, option: options } = args;
  const files = await debuggedFunction('debug.valgrind', args, context);
  const program = await debuggedProgram(args, files, context);
  if (suppressions.length > 0 && !isChecker(tool)) {
    throw new UsageError(`--suppressions means nothing to ${tool}, which finds no errors`);
  }
  await assertFiles(suppressions, context.cwd);
  const displayName = outputName(args);
  const picture = tool === 'callgrind' ? await graphOutput(args.output, context) : undefined;
  const valgrind = await valgrindProgram(args, program, files, displayName, context);
  const name = functionName(files);
  const module = await namesOf(files, context.signal);
  const folder = await debugFolder(args.keep, context);
  const run: ValgrindRun = { tool, name, folder, module };
  try {
    const { cwd } = context;
    const command = valgrindCommand({ valgrind, tool, program, cwd, suppressions, options, folder });
    const result = folder.file(`${resultName[tool]}.PID`);
    const runIt: Step = {
      title: `Run ${name} under ${tool}`,
      why: `${purposes[tool]}; 20 to 50 times slower, and threads take turns`,
      inputs: [files.wasmPath, ...suppressions],
      outputs: [result],
      commands: [command],
    };
    const readIt: Step = {
      title: 'Read what it wrote',
      why: 'addresses of JIT code get source names',
      inputs: [result],
      outputs: [displayName ?? '-'],
    };
    if (!context.dry)
      context.output.emit({
        event: 'note',
        text: 'under valgrind a program is 20 to 50 times slower, and its threads take turns',
      });
    const done = await runSteps([runIt, readIt], context, async (step) => {
      const { outcome, left } = await step(
        runIt,
        async (io) => await runTool(run, command, args.timeout, io),
      );
      const report = await step(readIt, async (io) => {
        const read = await readResult(run, left, picture, io, context);
        if (displayName !== undefined && tool !== 'callgrind')
          await copyFile(left.path, resolve(cwd, displayName));
        return read;
      });
      return { outcome, report };
    });
    if (done !== undefined) sayResult(name, tool, done.report, done.outcome, displayName, context);
  } catch (error) {
    if (error instanceof Interrupted || context.signal.aborted) await sayPartial(run, context);
    throw error;
  } finally {
    await folder.dispose();
    if (args.keep && !context.dry) context.output.emit({ event: 'note', text: `work files: ${folder.path}` });
  }
}

/** Where the result goes: the graph that callgrind always makes, or what was asked for. */
function outputName({ tool, output }: ValgrindArgs): string | undefined {
  if (output === '')
    throw new UsageError('--output is empty', { hints: ['For example: --output=report.xml'] });
  return output ?? (tool === 'callgrind' ? 'flame.svg' : undefined);
}

/** The graph of callgrind's counts, in the format that the name's ending asks for. */
async function graphOutput(output: string | undefined, context: TaskContext): Promise<ProfileOutput> {
  const options = {
    title: undefined,
    width: undefined,
    minwidth: '0.1',
    reverse: false,
    inverted: false,
    engineFrames: 'folded',
  } as const;
  return await ProfileOutput.prepare({ output, format: undefined, ...options }, context);
}

async function assertFiles(paths: readonly string[], cwd: string): Promise<void> {
  for (const path of paths) {
    await access(resolve(cwd, path)).catch((cause: unknown) => {
      throw new UsageError(`--suppressions=${path}: there is no such file, or it may not be read`, { cause });
    });
  }
}

/** Valgrind's path, once all is there that a run takes; a dry run names what is missing all the same. */
async function valgrindProgram(
  args: ValgrindArgs,
  program: DebuggedProgram,
  files: FunctionFiles,
  displayName: string | undefined,
  { dry, env, cwd }: TaskContext,
): Promise<string> {
  const found = await findOnPath('valgrind', env);
  if (dry) return found ?? 'valgrind';
  assertRunnable(program, args, files);
  if (found === undefined) throw notInstalled('valgrind is not installed');
  if (displayName !== undefined) await assertWritable(resolve(cwd, displayName), displayName);
  return found;
}

function notInstalled(message: string, detail?: string): MachineError {
  const hints = ['tasks setup.valgrind', 'Debian and Ubuntu: sudo apt-get install valgrind libc6-dbg'];
  return new MachineError(message, { hints, ...(detail === undefined ? {} : { detail }) });
}

async function runTool(
  run: ValgrindRun,
  command: Command,
  timeoutSeconds: number | undefined,
  io: StepIo,
): Promise<{ readonly outcome: ChildOutcome; readonly left: ValgrindFiles }> {
  const outcome = await runWithClock(command, timeoutSeconds, io);
  const left = await valgrindFiles(run);
  if (outcome.exitCode !== 0) assertItRan(outcome, command, left);
  return { outcome, left };
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
function assertItRan(outcome: ChildOutcome, command: Command, left: ValgrindFiles): void {
  const printed = `${left.log}\n${outcome.tail}`;
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
  if (!outcome.timedOut && left.sizeBytes === 0) {
    throw new TaskError(`valgrind ended with exit code ${outcome.exitCode} and wrote nothing`, {
      exitCode: outcome.exitCode,
      detail: printed.trim(),
      hints: [`Run it by hand: ${command.argv.slice(0, 2).join(' ')} …  (tasks --dry shows the whole line)`],
    });
  }
}

/** Why valgrind could not do what was asked, from what it printed; undefined when it could. */
function valgrindRefusal(printed: string): TaskError | undefined {
  const option = /valgrind: (?:Unknown option|Bad option|Bad argument)[: ]*(.*)/.exec(printed);
  if (option !== null) {
    return new UsageError(`valgrind does not take ${option[1]?.trim()}`, {
      hints: ['What it takes: valgrind --help', 'One of ours? It is older than 3.15: valgrind --version'],
    });
  }
  const suppressions = /FATAL: (?:can't open suppressions file|in suppressions file) .*/.exec(printed);
  if (suppressions !== null) {
    return new UsageError(
      `valgrind could not read a suppressions file: ${suppressions[0].slice('FATAL: '.length)}`,
      {
        hints: ['How one is written: https://valgrind.org/docs/manual/manual-core.html#manual-core.suppress'],
      },
    );
  }
  if (/failed to start tool|Fatal error at startup|cannot continue/.test(printed)) {
    return notInstalled("valgrind's installation lacks something", printed.trim());
  }
  const noProgram =
    /^valgrind: (.+: (?:command not found|No such file or directory|Permission denied))$/m.exec(printed);
  if (noProgram !== null) return new MachineError(`valgrind could not start the program: ${noProgram[1]}`);
  return undefined;
}

/** The instruction that this valgrind does not know, as its bytes; undefined when it met none. */
function unknownInstruction(printed: string): string | undefined {
  const bytes =
    /unhandled instruction bytes:\s*((?:0x)?[\da-fA-F]{1,2}(?:[ ,]+(?:0x)?[\da-fA-F]{1,2})*)/.exec(printed);
  if (bytes !== null) return bytes[1]?.trim();
  return /unrecognised instruction at address (0x[\da-fA-F]+)/.exec(printed)?.[1];
}

/** Prints the result, then fails for errors, the time limit or the program's own exit code. */
function sayResult(
  name: string,
  tool: ValgrindTool,
  { text, data, found }: ValgrindReport,
  outcome: ChildOutcome,
  displayName: string | undefined,
  { output }: TaskContext,
): void {
  const { exitCode, timedOut } = outcome;
  const displayed = found?.errorCount === 0 ? `${tool} found no errors in ${name}` : text;
  output.result(`${output.isQuiet ? '' : '\n'}${displayed}`, {
    tool,
    programExitCode: exitCode,
    timedOut,
    ...(displayName === undefined ? {} : { output: displayName }),
    ...data,
  });
  for (const warning of found?.warnings ?? []) output.emit({ event: 'warning', ...warning });
  if (timedOut) {
    throw new TaskError(`${name} timed out; above is what ${tool} found until then`, {
      exitCode: TIMED_OUT,
      hints: ['--timeout=SECONDS gives it longer'],
    });
  }
  if (found !== undefined && found.errorCount > 0) {
    throw new TaskError(`${tool} found ${found.headline} in ${name}`, {
      hints: ['What is not yours to fix goes into a file: --suppressions=FILE (docs/debugging.md says how)'],
    });
  }
  if (exitCode === 0) return;
  const how = outcome.signal ?? found?.signal ?? `exit code ${exitCode}`;
  if (found === undefined) throw new TaskError(`${name} ended with ${how}`, { exitCode });
  output.emit({
    event: 'warning',
    message: `${name} itself ended with ${how}; ${tool} found nothing wrong`,
    hints: [],
  });
}
