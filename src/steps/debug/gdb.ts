import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { chooseFunction, definedNames, functionsMatching } from '../../debug/function-choice.ts';
import { GdbOutcome, readGdbReport } from '../../debug/gdb-report.ts';
import { findOnPath } from '../../faasm/binaries.ts';
import { packageRoot } from '../../faasm/directories.ts';
import { functionName } from '../../faasm/functions.ts';
import { namesOf } from '../../import/function-names.ts';
import type { Command } from '../../process/child.ts';
import { handOverTerminal } from '../../process/pass-through.ts';
import { runSteps, type Step, type StepIo } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { MachineError, TaskError } from '../../util/errors.ts';
import type { KnownModule } from '../../wasm/known-module.ts';
import {
  assertRunnable,
  type DebuggedArgs,
  type DebuggedProgram,
  debugFolder,
  debuggedFunction,
  debuggedProgram,
} from './debugged-program.ts';

/** How long gdb may take to stop a program and to print where it is. */
const GRACE_SECONDS = 10;

export interface GdbArgs extends DebuggedArgs {
  readonly break: readonly string[];
  readonly breakRe: string | undefined;
  readonly batch: boolean;
  readonly core: string | undefined;
  /** Program that stands for gdb: `sgx-gdb`, `gdb-multiarch`. */
  readonly gdb: string;
  readonly timeout: number | undefined;
}

/** `debug.gdb`: gdb on the runner, with source names for what its JIT compiles. */
export async function debugWithGdb(args: GdbArgs, context: TaskContext): Promise<void> {
  const files = await debuggedFunction('debug.gdb', args, context);
  const program = await debuggedProgram(args, files, context);
  const module = await namesOf(files, context.signal);
  const breakpoints = wantedBreakpoints(args, module);
  if (!context.dry) assertRunnable(program, args, files);
  const gdb = await gdbProgram(args, context);
  const name = functionName(files);
  const core = args.core === undefined ? undefined : resolve(context.cwd, args.core);
  const folder = await debugFolder(false, context);
  try {
    const session = folder.file('session.json');
    const events = args.batch || core !== undefined ? folder.file('events.jsonl') : undefined;
    const command = gdbCommand(gdb, args, program, session, context);
    const writeSession: Step = {
      title: `Write down the names of ${name}`,
      why: 'gdb knows no source names for code that a JIT makes; its script source_names.py reads them from there',
      inputs: [files.wasmPath],
      outputs: [session],
      foreground: events === undefined,
    };
    const runGdb: Step = {
      title: core === undefined ? `Run ${name} under gdb` : `Read ${args.core}`,
      why: whyGdb(args, events),
      inputs: [session, ...(core === undefined ? [] : [core])],
      outputs: events === undefined ? [] : [events],
      commands: [command],
      notes:
        breakpoints.length === 0
          ? []
          : [
              `stops in ${breakpoints.map((n) => `functionDef${n} (${definedNames(module)[n] ?? ''})`).join(', ')}`,
            ],
      foreground: events === undefined,
    };
    const outcome = await runSteps([writeSession, runGdb], context, async (step) => {
      await step(writeSession, async () => {
        const names = definedNames(module);
        const { definedCount } = module;
        const timeoutSeconds = args.timeout ?? null;
        const text = { definedCount, names, breakpoints, events: events ?? null, timeoutSeconds };
        await writeFile(session, JSON.stringify(text));
      });
      return await step(runGdb, async (io) => {
        if (events === undefined) return await converse(command, context);
        const { text, printed, timedOut } = await watchGdb(command, events, args.timeout, io);
        const found = new GdbOutcome(readGdbReport(text), { module, breakpoints, timedOut });
        const refusal = found.hasStops ? undefined : await gdbRefusal(printed, core);
        if (refusal !== undefined) throw refusal;
        if (found.isEmpty) throw new TaskError(`${runGdb.title}: gdb reported nothing`, { detail: printed });
        return found;
      });
    });
    if (outcome !== undefined) report(outcome, name, context);
  } finally {
    await folder.dispose();
  }
}

function wantedBreakpoints(args: GdbArgs, module: KnownModule): number[] {
  const named = args.break.map((name) => chooseFunction(name, module));
  const matching = args.breakRe === undefined ? [] : functionsMatching(args.breakRe, module);
  return [...new Set([...named, ...matching])];
}

/** @throws MachineError where there is none; a dry run names it all the same */
async function gdbProgram({ gdb }: GdbArgs, { cwd, env, dry }: TaskContext): Promise<string> {
  const found = gdb.includes('/') ? resolve(cwd, gdb) : await findOnPath(gdb, env);
  if (found !== undefined || dry) return found ?? gdb;
  throw new MachineError(`${gdb} is not installed`, {
    hints: gdb === 'gdb' ? ['sudo apt-get install gdb'] : ['Write its whole path: --gdb=/opt/bin/sgx-gdb'],
  });
}

function gdbCommand(
  gdb: string,
  args: GdbArgs,
  program: DebuggedProgram,
  session: string,
  context: TaskContext,
): Command {
  const script = join(packageRoot(), 'gdb', 'source_names.py');
  const load = ['-x', script, '-ex', `wasm load ${session}`];
  const common = { cwd: context.cwd, env: program.env } as const;
  if (args.core !== undefined) {
    const core = resolve(context.cwd, args.core);
    const quiet = ['-q', '-nx', '-batch'];
    return { ...common, argv: [gdb, ...quiet, ...load, '-ex', 'wasm core', program.argv[0], core] };
  }
  const how = args.batch ? ['-q', '-nx', '-batch'] : ['-q'];
  const then = args.batch ? ['-ex', 'wasm report'] : [];
  return { ...common, argv: [gdb, ...how, ...load, ...then, '--args', ...program.argv] };
}

function whyGdb({ core, batch }: GdbArgs, events: string | undefined): string {
  if (core !== undefined) return 'the core file holds the stack of the crash';
  if (batch && events !== undefined) return '--batch: reports the stack at each breakpoint, and how it ended';
  return 'gdb has the terminal until it ends';
}

/** A person and gdb. */
async function converse(command: Command, context: TaskContext): Promise<undefined> {
  context.output.emit({
    event: 'note',
    text: 'run starts it; wasm break NAME, wasm functions, bt show source names',
  });
  await handOverTerminal(command, context);
}

async function watchGdb(
  command: Command,
  events: string,
  timeout: number | undefined,
  io: StepIo,
): Promise<{ readonly text: string; readonly printed: string; readonly timedOut: boolean }> {
  // gdb itself stops the program at the time limit, to show where it is.
  const timeoutSeconds = timeout === undefined ? undefined : timeout + GRACE_SECONDS;
  const { tail, timedOut } = await io.run(command, { mayFail: true, timeoutSeconds });
  return { text: await readFile(events, 'utf8').catch(() => ''), printed: tail, timedOut };
}

/**
 * Why gdb came to nothing, from what it printed; undefined when that says nothing known.
 *
 * @param core the core file that it was to read, as gdb was given it
 */
async function gdbRefusal(printed: string, core: string | undefined): Promise<TaskError | undefined> {
  if (/[Pp]ython scripting is not supported/.test(printed)) {
    return new MachineError('This gdb was built without Python, which puts source names into its stacks', {
      hints: ['Debian and Ubuntu: sudo apt-get install gdb (not gdb-minimal)'],
    });
  }
  if (/ptrace: Operation not permitted|Could not trace the inferior|PTRACE_TRACEME/.test(printed)) {
    return new MachineError('gdb may not trace programs here: ptrace is forbidden', {
      hints: [
        'In a container: start it with --cap-add=SYS_PTRACE --security-opt seccomp=unconfined',
        ...(await yamaHint()),
      ],
    });
  }
  const noCore = printed.split('\n').find((line) => {
    return core !== undefined && line.includes(core) && /is not a core dump|: [A-Z].*\.$/.test(line);
  });
  if (noCore !== undefined) {
    return new TaskError(`gdb could not read the core file: ${noCore.trim()}`, {
      hints: ['Where cores go: cat /proc/sys/kernel/core_pattern (and `ulimit -c unlimited` before the run)'],
    });
  }
  return undefined;
}

/** Yama's setting 3 forbids all tracing; 1 and 2 only attaching to programs that run. */
async function yamaHint(): Promise<string[]> {
  const scope = await readFile('/proc/sys/kernel/yama/ptrace_scope', 'utf8').catch(() => '');
  return scope.trim() === '3' ? ['kernel.yama.ptrace_scope is 3, which holds until the next boot'] : [];
}

function report(outcome: GdbOutcome, name: string, { output }: TaskContext): void {
  output.result(outcome.text(output.isQuiet ? '' : '\n'), outcome.data);
  for (const warning of outcome.warnings) output.emit({ event: 'warning', ...warning });
  const failure = outcome.failure(name);
  if (failure !== undefined) throw failure;
}
