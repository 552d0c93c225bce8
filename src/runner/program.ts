import { Interrupted, messageOf, OutputLost, TaskError, UsageError } from '../util/errors.ts';
import { ExitCode } from '../util/exit-code.ts';
import { didYouMean } from '../util/near.ts';
import { parseArgs } from './args.ts';
import { completions } from './completion.ts';
import type { TaskContext } from './context.ts';
import { type CoreArgs, coreParams } from './core-flags.ts';
import { execute } from './executor.ts';
import { coreFlags, parseLine } from './grammar.ts';
import { coreHelp, taskHelp } from './help.ts';
import { taskList } from './list.ts';
import { Output } from './output.ts';
import { type Catalogue, TaskTree, type TreeSource } from './tree.ts';

/** What a program made of tasks is called and what it can do. */
export interface Program {
  /** Asked for when somebody wants to see it. */
  readonly version: () => string;
  readonly tree: TreeSource;
  /** What a build wrote down about the tree; see {@link TaskTree}. */
  readonly catalogue?: () => Catalogue | undefined;
}

/** The outside of one run, so that tests can pass their own. */
export interface Host {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly signal: AbortSignal;
  /** Told when a child takes the terminal with its Ctrl-C, and when it is given back. */
  readonly lendTerminal?: (isLent: boolean) => void;
}

/** Runs one command line and returns its exit code; never throws. */
export async function runProgram(program: Program, host: Host): Promise<number> {
  // A line that cannot be read fails as the line wants it: for a program with --json, with a stack with --debug.
  let output = new Output({ ...host, json: host.argv.includes('--json'), quiet: false, echo: false });
  let debug = host.argv.includes('--debug');
  try {
    const tree = new TaskTree(program.tree, program.catalogue);
    // `--complete -- tasks WORD …`: asked by the shell scripts of `setup.completion`.
    if (host.argv[0] === '--complete') {
      const found = await completions(host.argv.slice(host.argv.indexOf('--') + 2), tree);
      if (found.length > 0) output.data(found.join('\n'));
      return ExitCode.ok;
    }
    const line = await parseLine(host.argv, tree);
    const core: CoreArgs = parseArgs(coreFlags, line.core, coreParams);
    debug = core.debug;
    output = new Output({ ...host, json: core.json, quiet: core.quiet, echo: core.echo });
    if (core.version) {
      const version = program.version();
      output.result(`tasks ${version}`, { version });
      return ExitCode.ok;
    }
    const help = line.helpFor ?? (line.calls.length === 0 || core.help !== undefined ? core.help : undefined);
    if (help !== undefined) return await showHelp(help, tree, output);
    if (core.list !== undefined) return await showList(core, tree, output);
    if (line.calls.length === 0) return await showHelp(true, tree, output);
    const context: TaskContext = {
      env: host.env,
      cwd: host.cwd,
      signal: host.signal,
      lendTerminal: host.lendTerminal ?? (() => undefined),
      output,
      dry: core.dry,
      debug,
      remainder: line.remainder,
    };
    return await execute(line.calls, tree, context, core);
  } catch (error) {
    return report(error, output, host, debug);
  }
}

async function showHelp(wanted: string | true, tree: TaskTree, output: Output): Promise<number> {
  if (wanted === true) {
    output.result(coreHelp(output.columns), { help: coreHelp(100) });
    return ExitCode.ok;
  }
  const found = await tree.find(wanted);
  if (found === undefined) {
    throw new UsageError(`No idea what '${wanted}' is!`, {
      hints: [...didYouMean(wanted, await tree.allNames(), (name) => `tasks --help ${name}`), 'tasks --list'],
    });
  }
  const { doc, params, examples } = found.task;
  output.result(taskHelp(found, output.columns), { task: found.fullName, doc, params, examples });
  return ExitCode.ok;
}

async function showList(core: CoreArgs, tree: TaskTree, output: Output): Promise<number> {
  const only = core.list === true ? undefined : core.list;
  if (only !== undefined && (await tree.facts(only)) === undefined) {
    throw new UsageError(`Sub-collection '${only}' not found!`, {
      hints: [...didYouMean(only, tree.namespaceNames(), (name) => `tasks --list ${name}`), 'tasks --list'],
    });
  }
  const format = output.json ? 'json' : core.listFormat;
  output.data(await taskList(tree, { only, format, depth: core.listDepth, columns: output.columns }));
  return ExitCode.ok;
}

function report(error: unknown, output: Output, host: Host, debug: boolean): number {
  if (host.signal.aborted) {
    output.failure(host.signal.reason instanceof TaskError ? host.signal.reason : new Interrupted());
    return ExitCode.interrupted;
  }
  if (error instanceof OutputLost) return error.exitCode;
  if (error instanceof TaskError) {
    output.failure(error);
    if (debug)
      host.stderr.write(
        `${error.stack ?? ''}\n${error.cause instanceof Error ? `caused by ${error.cause.stack}\n` : ''}`,
      );
    return error.exitCode;
  }
  const hints = debug
    ? []
    : ['This is a bug in tasks. Run the same line with --debug to see where, and report it.'];
  output.failure(new TaskError(`unexpected: ${messageOf(error)}`, { hints }));
  if (debug) host.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return ExitCode.failed;
}
