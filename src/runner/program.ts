import { ExitCode, Interrupted, messageOf, OutputLost, TaskError, UsageError } from '../util/errors.ts';
import { didYouMean } from '../util/near.ts';
import { shellLine } from '../util/shell-word.ts';
import { parseArgs } from './args.ts';
import { completions, type ValueSource } from './completion.ts';
import { completionReply, SHELL_VARIABLE } from './completion-reply.ts';
import { completionScript } from './completion-script.ts';
import type { TaskContext } from './context.ts';
import { type CoreArgs, coreParams } from './core-flags.ts';
import type { Namespace } from './define.ts';
import { execute, type PlannedCall, typedCall } from './executor.ts';
import { coreFlags, flagSet, OpenTask } from './flags.ts';
import { closed, parseLine, UnknownTask } from './grammar.ts';
import { coreHelp, describedTask, taskHelp } from './help.ts';
import { taskJson, taskList } from './list.ts';
import { Output } from './output.ts';
import { configFile, merged, runSettings } from './run-settings.ts';
import { describedTree, TaskTree, type TreeManifest } from './tree.ts';

/** What a program made of tasks is called and what it can do. */
export interface Program {
  /** Asked for when somebody wants to see it. */
  readonly version: () => string;
  /** The root of the tree, or what makes it once the flags before the first task are known (`-c`, `-r`). */
  readonly tree: Namespace | ((core: CoreArgs, warn: Warn) => Promise<Namespace>);
  /** What a build wrote down about the tree; see {@link TaskTree}. */
  readonly manifest?: () => TreeManifest | undefined;
  /** What to say of a name that is no task here, where more can be said than that. */
  readonly elsewhere?: (word: string) => TaskError | undefined;
  /** What `--prompt-for-sudo-password` does before anything runs. */
  readonly askForSudo?: (host: Host) => Promise<void>;
  /** Loads what knows the values that exist here and now, for completion. */
  readonly values?: (host: Host) => Promise<ValueSource>;
}

type Warn = (message: string, hints: readonly string[]) => void;

/** The outside of one run, so that tests can pass their own. */
export interface Host {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly signal: AbortSignal;
  /** Told when a child takes the terminal with its Ctrl-C, and when it is given back. */
  readonly onInterrupt?: TaskContext['onInterrupt'];
}

/** Runs one command line and returns its exit code; never throws. */
export async function runProgram(program: Program, host: Host): Promise<number> {
  // A line that cannot be read fails as the line wants it: for a program with --json, with a stack with --debug.
  let output = new Output({ ...host, json: host.argv.includes('--json'), quiet: false, echo: false });
  let debug = host.argv.includes('--debug');
  let tree: TaskTree | undefined;
  const treeFor = async (core: CoreArgs): Promise<TaskTree> => {
    const warn: Warn = (message, hints) => output.emit({ event: 'warning', message, hints });
    tree ??= await treeOf(program, core, warn);
    return tree;
  };
  try {
    const line = await parseLine(host.argv, async (given) => {
      const core: CoreArgs = parseArgs(coreFlags, given, coreParams);
      return saysAll(core) ? undefined : await treeFor(core);
    });
    const core: CoreArgs = parseArgs(coreFlags, line.core, coreParams);
    debug = core.debug;
    output = new Output({ ...host, json: core.json, quiet: core.quiet, echo: core.echo });
    if (core.version) {
      const version = program.version();
      output.result(`tasks ${version}`, { version });
      return ExitCode.ok;
    }
    if (core.printCompletionScript !== undefined) {
      output.data(completionScript(core.printCompletionScript).trimEnd());
      return ExitCode.ok;
    }
    if (core.complete) return await complete(line.remainder, program, host, output);
    // Types first: nothing is shown or runs when one is wrong.
    const typed = line.calls.map(typedCall);
    const help = line.helpFor ?? core.help;
    if (help === true) return await showHelp(true, undefined, output);
    const known = await treeFor(core);
    if (help !== undefined && help !== '') return await showHelp(help, known, output);
    if (core.list !== undefined && core.list !== '') return await showList(core, known, output);
    const calls = typed.length > 0 ? typed : await defaultCall(known);
    if (calls.length === 0) return await showHelp(true, known, output);
    assertRemainderTaken(line.remainder, calls);
    const file = await configFile(core.config, host.cwd, output);
    const { dedupe } = runSettings(merged([known.config, file]), core);
    if (core.promptForSudoPassword && !core.dry) await program.askForSudo?.(host);
    return await execute(calls, known, {
      dedupe,
      jobs: core.jobs,
      keepGoing: core.keepGoing,
      report: (error, to) => report(error, to, host, debug),
      contextFor: ({ configs }) => {
        const config = merged([...configs, file]);
        const settings = { ...runSettings(config, core), dedupe };
        output.setEcho(settings.echo);
        const { env, cwd, signal } = host;
        const { remainder } = line;
        const onInterrupt = host.onInterrupt ?? (() => () => undefined);
        return {
          env,
          cwd,
          signal,
          onInterrupt,
          output,
          dry: settings.dry,
          debug,
          remainder,
          settings,
          config,
        };
      },
    });
  } catch (error) {
    const [first, ...asked] = host.argv;
    // `tasks help perf.record`, as other programs have it, unless somebody has a task of that name.
    if (error instanceof UnknownTask && first === 'help' && error.word === first)
      return await runProgram(program, { ...host, argv: ['--help', ...asked] });
    const known = error instanceof UnknownTask ? program.elsewhere?.(error.word) : undefined;
    return report(known ?? error, output, host, debug);
  }
}

/** @throws UsageError for words after `--` that would be dropped in silence. */
function assertRemainderTaken(words: readonly string[], calls: readonly PlannedCall[]): void {
  if (words.length === 0 || calls.some(({ found }) => found.task.remainder !== undefined)) return;
  const names = [...new Set(calls.map(({ found }) => `'${found.fullName}'`))].join(', ');
  throw new UsageError(`${names} takes no words after --: ${shellLine(words)}`, {
    hints: calls.map(({ found }) => `What it takes: tasks --help ${found.fullName}`).slice(0, 1),
  });
}

/** The whole tree; for somebody who only asks what there is, as the build described it. */
async function treeOf(program: Program, core: CoreArgs, warn: Warn): Promise<TaskTree> {
  const root = typeof program.tree === 'function' ? await program.tree(core, warn) : program.tree;
  if (!core.complete && core.help === undefined) return new TaskTree(root, program.manifest);
  return new TaskTree(describedTree(root, program.manifest?.()));
}

/** `--complete -- WORDS`: asked by a shell while somebody types, so it has nothing to say about what goes wrong. */
async function complete(
  asked: readonly string[],
  program: Program,
  host: Host,
  output: Output,
): Promise<number> {
  const source: ValueSource = async (name, request) => {
    const values = await program.values?.(host);
    return (await values?.(name, request)) ?? [];
  };
  const reply = await completionReply(
    host.env[SHELL_VARIABLE],
    asked,
    async (words) =>
      await completions(
        words,
        async (core) => await treeOf(program, { ...core, complete: true }, () => undefined),
        source,
      ),
    async (kind, typed) => await source(kind, { given: {}, typed }),
  ).catch(() => '');
  if (reply !== '') output.data(reply);
  return ExitCode.ok;
}

/** Flags after which no task matters, nor whether there are any. */
function saysAll(core: CoreArgs): boolean {
  return core.version || core.complete || core.printCompletionScript !== undefined || core.help === true;
}

/** A line without tasks means the default of the whole tree, where there is one. */
async function defaultCall(tree: TaskTree): Promise<readonly PlannedCall[]> {
  const found = await tree.find('');
  if (found === undefined) return [];
  return [typedCall(closed(new OpenTask(flagSet(found.task), found)))];
}

async function showHelp(wanted: string | true, tree: TaskTree | undefined, output: Output): Promise<number> {
  if (wanted === true || tree === undefined) {
    output.result(coreHelp(output.columns), { help: coreHelp(100) });
    return ExitCode.ok;
  }
  const found = await tree.find(wanted);
  if (found === undefined) {
    throw new UnknownTask(wanted, `No idea what '${wanted}' is!`, [
      ...didYouMean(wanted, await tree.allNames(), (name) => `tasks --help ${name}`),
      'tasks --list',
    ]);
  }
  const described = await describedTask(found, tree);
  output.result(taskHelp(described, output.columns), {
    task: found.fullName,
    ...taskJson(found.fullName, found.task),
    related: described.related.map(({ fullName }) => fullName),
  });
  return ExitCode.ok;
}

async function showList(core: CoreArgs, tree: TaskTree, output: Output): Promise<number> {
  const only = core.list === true ? undefined : core.list;
  if (only !== undefined && (await tree.facts(only)) === undefined) {
    throw new UnknownTask(only, `Sub-collection '${only}' not found!`, [
      ...didYouMean(only, await tree.namespaceNames(), (name) => `tasks --list ${name}`),
      'tasks --list',
    ]);
  }
  if ((await tree.list(only)).length === 0) throw new TaskError('No tasks found');
  const format = output.json ? 'json' : core.listFormat;
  const columns = output.isTerminal ? output.columns : undefined;
  output.data(await taskList(tree, { only, format, depth: core.listDepth, columns }));
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
