import { rename, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { findOnPath } from '../../faasm/binaries.ts';
import type { ImportArgs } from '../../import/import-profile.ts';
import { inputFile, withHead } from '../../import/input-file.ts';
import { type Command, childFailure, runChild } from '../../process/child.ts';
import { handOverTerminal } from '../../process/pass-through.ts';
import { runSteps, type Step } from '../../process/steps.ts';
import { perfInject } from '../../profile/perf-commands.ts';
import { perfMissing } from '../../profile/perf-failure.ts';
import type { TaskContext } from '../../runner/context.ts';
import { assertWritable } from '../../util/atomic-write.ts';
import { MachineError, TaskError } from '../../util/errors.ts';
import { claimOutput } from '../../util/file-lock.ts';
import type { FilterArgs } from '../flame/stack-filters.ts';
import { namesTarget } from '../flame/target.ts';
import {
  assertEnded,
  buildIdCache,
  type PlannedRecording,
  plainRecipe,
  planRecording,
  type RecordArgs,
} from './record.ts';

/** What the tasks take that read a recording, or make it where there is none. */
interface ReadArgs extends Omit<RecordArgs, 'output'> {
  readonly input: string | undefined;
}

interface ReportArgs extends ReadArgs, ImportArgs, Omit<FilterArgs, 'by'> {}

interface InjectArgs extends ReadArgs {
  readonly output: string | undefined;
}

const defaultRecording = 'perf.data';
/** What `perf inject` made of a recording. */
const injectedName = (recording: string): string => `${recording}.jit`;

/** `perf.inject`: gives `perf report` and `perf script` the names of JIT code, and leaves the user's home alone. */
export async function inject(args: InjectArgs, context: TaskContext): Promise<void> {
  const input = args.input ?? defaultRecording;
  const displayName = args.output ?? injectedName(input);
  const [from, to] = [resolve(context.cwd, input), resolve(context.cwd, displayName)];
  const part = `${to}.part`;
  const adding: Step = {
    title: `Add the JIT code's symbols to ${input}`,
    why: 'perf report and perf script do not read jitdump files',
    inputs: [from],
    outputs: [to],
    commands: [{ argv: perfInject(from, part, buildIdCache(from)) }],
    notes: [`${part} is renamed to ${to}`],
  };
  await afterRecording(input, args, adding, context, async (step) => {
    await assertWritable(to, displayName);
    const release = await claimOutput(to, '2.perf.data.jit');
    try {
      await step(adding);
      await rename(part, to);
    } finally {
      await rm(part, { force: true });
      await release();
    }
    const read = displayName === `${defaultRecording}.jit` ? '' : ` --input=${displayName}`;
    context.output.result(`${displayName}: look at it with \`tasks perf.report${read}\``, { output: to });
  });
}

/**
 * `perf.report`: perf's own browser on a terminal, its text elsewhere. What perf does not know, source names of WebAssembly,
 * filters and other tools' profiles, is read as every task reads it, and listed as `flame.top` does.
 */
export async function report(args: ReportArgs, context: TaskContext): Promise<void> {
  if (await isBeyondPerf(args, context)) {
    const file = args.input ?? defaultRecording;
    const listing: Step = {
      title: `List the functions of ${file}`,
      why: 'perf knows neither names of WebAssembly nor filters',
      inputs: [file],
      outputs: ['-'],
      foreground: true,
    };
    return await afterRecording(file, args, listing, context, async (step) => {
      await step(listing, async () => {
        const { topFile } = await import('../flame/top-file.ts');
        await topFile({ ...args, file, by: 'self', kind: undefined, most: 40 }, context);
      });
    });
  }
  const isTerminal = context.output.canPrompt && process.stdin.isTTY === true;
  await readWith(isTerminal ? ['report'] : ['report', '--stdio'], isTerminal, args, context);
}

/** Whether the flags ask for more than perf can show, or the file is none of perf's. */
async function isBeyondPerf(args: ReportArgs, { cwd, signal }: TaskContext): Promise<boolean> {
  const { from, wasm, function: named, event, jitdump, focus, hide, inline, kernel, via, input } = args;
  const isAsked = [from, wasm, named, event, jitdump, focus, hide].some((value) => value !== undefined);
  if (isAsked || inline || !kernel || via === 'reader') return true;
  const file = await stat(resolve(cwd, input ?? defaultRecording)).catch(() => undefined);
  if (file?.isFile() !== true || file.size === 0) return file?.isDirectory() === true;
  const { head } = await withHead(await inputFile(input ?? defaultRecording, cwd, signal));
  return !Buffer.from(head.subarray(0, 8)).toString('latin1').startsWith('PERFILE');
}

/** `perf.script`: perf's own text of the samples. */
export async function script(args: ReadArgs, context: TaskContext): Promise<void> {
  await readWith(['script'], false, args, context);
}

/** Has perf print a recording, made first where there is none. */
async function readWith(
  [command = '', ...flags]: readonly string[],
  hasTerminal: boolean,
  args: ReadArgs,
  context: TaskContext,
): Promise<void> {
  if (!hasTerminal && !context.dry) context.output.reserveStdout();
  const file = await newestOf(args, context);
  const input = resolve(context.cwd, file);
  // An injected recording shares the cache of the one it was made from.
  const cache = buildIdCache(input.replace(/\.jit$/, ''));
  const perf: Command = { argv: ['perf', '--buildid-dir', cache, command, '-i', input, ...flags] };
  const displaying: Step = {
    title: `Show ${file}`,
    why: 'perf reads it',
    inputs: [input],
    outputs: ['-'],
    commands: [perf],
    foreground: true,
  };
  await afterRecording(args.input ?? defaultRecording, args, displaying, context, async (step) => {
    await step(displaying, async () =>
      hasTerminal ? await handOverTerminal(perf, context) : await printOutputOf(perf, file, context),
    );
  });
}

async function printOutputOf(command: Command, file: string, context: TaskContext): Promise<void> {
  const { output, signal, env } = context;
  output.emit({ event: 'command', command, dry: false });
  const outcome = await runChild(command, {
    signal,
    env,
    stdout: async (bytes) => {
      for await (const chunk of bytes) await output.write(chunk);
    },
  });
  if (outcome.exitCode !== 0) throw childFailure(`Could not read ${file}`, command, outcome);
}

/** Runs a step on a recording, after recording it where it is not there. */
async function afterRecording(
  file: string,
  args: ReadArgs,
  step: Step,
  context: TaskContext,
  use: (run: Parameters<Parameters<typeof runSteps>[2]>[0]) => Promise<void>,
): Promise<void> {
  if (!context.dry) await assertPerf();
  const recording = await missingRecording(file, args, context);
  await runSteps([recording?.step ?? [], step].flat(), context, async (run) => {
    if (recording !== undefined) assertEnded(await run(recording.step, recording.run), file, context);
    await use(run);
  });
}

/** The recording to read: the one named, else the injected one where it is the newer. */
async function newestOf({ input }: ReadArgs, context: TaskContext): Promise<string> {
  if (input !== undefined) return input;
  const injected = injectedName(defaultRecording);
  const [plain, jit] = await Promise.all(
    [defaultRecording, injected].map((name) => stat(resolve(context.cwd, name)).catch(() => undefined)),
  );
  if (jit === undefined || plain === undefined || jit.mtimeMs < plain.mtimeMs) return defaultRecording;
  context.output.emit({ event: 'note', text: `reads ${injected}, which has the names of JIT code` });
  return injected;
}

/** @throws TaskError when there is no recording and nothing to record. */
async function missingRecording(
  file: string,
  args: ReadArgs,
  context: TaskContext,
): Promise<PlannedRecording | undefined> {
  const found = await stat(resolve(context.cwd, file)).catch(() => undefined);
  if (found !== undefined) return undefined;
  if (!namesTarget(args)) {
    throw new TaskError(`Could not read ${file}: it does not exist`, {
      hints: [
        'Record a function: tasks perf.record demo echo',
        'Or a program: tasks perf.record --cmd "my_runner"',
      ],
    });
  }
  const recipe = { ...plainRecipe(args), why: `${file} does not exist yet` };
  return await planRecording({ ...args, output: file }, recipe, context);
}

async function assertPerf(): Promise<void> {
  if ((await findOnPath('perf')) !== undefined) return;
  const { why, fix } = perfMissing;
  throw new MachineError(`Could not read the recording with perf: ${why}`, { hints: [fix] });
}
