import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { chooseFunction, definedNames, functionsMatching } from '../../debug/function-choice.ts';
import { readGdbReport } from '../../debug/gdb-report.ts';
import { findOnPath } from '../../faasm/binaries.ts';
import { packageRoot } from '../../faasm/package-root.ts';
import { namesOf } from '../../import/function-names.ts';
import type { Command } from '../../process/child.ts';
import { handOverTerminal } from '../../process/hand-over.ts';
import { printPlan, runSharedSteps } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { MachineError, TaskError } from '../../util/errors.ts';
import { makeRunFolder, type RunFolder, runFolderAt } from '../../util/run-folder.ts';
import type { KnownModule } from '../../wasm/known-module.ts';
import { assertRunnable, type DebuggedArgs, debuggedFunction, debuggedProgram } from './debugged-program.ts';
import { GdbOutcome } from './gdb-outcome.ts';
import { gdbRefusal } from './gdb-refusal.ts';

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
  const files = await debuggedFunction(args, context);
  const program = await debuggedProgram(args, files, context);
  const module = await namesOf(files, context.signal);
  const breakpoints = wantedBreakpoints(args, module);
  if (!context.dry) assertRunnable(program, args, files);
  const found = args.gdb.includes('/')
    ? resolve(context.cwd, args.gdb)
    : await findOnPath(args.gdb, context.env);
  const gdb = found ?? args.gdb;
  if (context.dry) {
    const folder = runFolderAt(join('/tmp', 'faasm-tasks-XXXXXX'));
    const names = breakpoints.map((n) => `functionDef${n} (${definedNames(module)[n] ?? ''})`);
    const note = names.length === 0 ? [] : [{ note: `stops in ${names.join(', ')}` }];
    return printPlan([...note, gdbCommand(gdb, args, program, folder, context)], context);
  }
  if (found === undefined) {
    throw new MachineError(`${gdb} is not installed`, {
      hints: gdb === 'gdb' ? ['sudo apt-get install gdb'] : ['Write its whole path: --gdb=/opt/bin/sgx-gdb'],
    });
  }
  const folder = await makeRunFolder({ keep: false });
  try {
    const isWatched = args.batch || args.core !== undefined;
    const events = isWatched ? folder.file('events.jsonl') : null;
    const session = {
      definedCount: module.definedCount,
      names: definedNames(module),
      breakpoints,
      events,
      timeoutSeconds: args.timeout ?? null,
    };
    await writeFile(folder.file('session.json'), JSON.stringify(session));
    const command = gdbCommand(gdb, args, program, folder, context);
    if (isWatched) await report(args, module, breakpoints, command, folder, context);
    else await handOver(command, context);
  } finally {
    await folder.dispose();
  }
}

function wantedBreakpoints(args: GdbArgs, module: KnownModule): number[] {
  const named = args.break.map((name) => chooseFunction(name, module));
  const matching = args.breakRe === undefined ? [] : functionsMatching(args.breakRe, module);
  return [...new Set([...named, ...matching])];
}

function gdbCommand(
  gdb: string,
  args: GdbArgs,
  program: { readonly argv: readonly [string, ...string[]]; readonly env: Readonly<Record<string, string>> },
  folder: RunFolder,
  context: TaskContext,
): Command {
  const script = join(packageRoot(), 'gdb', 'source_names.py');
  const load = ['-x', script, '-ex', `wasm load ${folder.file('session.json')}`];
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

/** A person and gdb. */
async function handOver(command: Command, context: TaskContext): Promise<void> {
  const { output } = context;
  output.emit({
    event: 'note',
    text: 'run starts it; wasm break NAME, wasm functions, bt show source names',
  });
  await handOverTerminal(command, context);
}

async function report(
  args: GdbArgs,
  module: KnownModule,
  breakpoints: readonly number[],
  command: Command,
  folder: RunFolder,
  context: TaskContext,
): Promise<void> {
  const name = `${args.user}/${args.func}`;
  const title = args.core === undefined ? `Run ${name} under gdb` : `Read ${args.core}`;
  const step = {
    title,
    run: async (io: Parameters<Parameters<typeof runSharedSteps>[0][number]['run']>[0]) => {
      // gdb itself stops the program when the time is up, to show where it is.
      const timeoutSeconds = args.timeout === undefined ? undefined : args.timeout + GRACE_SECONDS;
      const outcome = await io.run(command, { mayFail: true, timeoutSeconds });
      const text = await readFile(folder.file('events.jsonl'), 'utf8').catch(() => '');
      const found = new GdbOutcome(readGdbReport(text), { module, breakpoints, timedOut: outcome.timedOut });
      const core = args.core === undefined ? undefined : resolve(context.cwd, args.core);
      const refusal = found.hasStops ? undefined : await gdbRefusal(outcome.tail, core);
      if (refusal !== undefined) throw refusal;
      if (found.isEmpty) {
        throw new TaskError(`${title}: gdb told nothing`, { detail: outcome.tail });
      }
      result = found;
    },
  };
  let result: GdbOutcome | undefined;
  await runSharedSteps([step], context);
  if (result === undefined) return;
  context.output.result(result.text(context.output.isQuiet ? '' : '\n'), result.data);
  for (const warning of result.warnings) context.output.emit({ event: 'warning', ...warning });
  const failure = result.failure(name);
  if (failure !== undefined) throw failure;
}
