import { rename, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { findOnPath } from '../../faasm/binaries.ts';
import { type Command, childFailure, runChild } from '../../process/child.ts';
import { handOverTerminal } from '../../process/pass-through.ts';
import { printPlan, runSharedSteps } from '../../process/steps.ts';
import { perfInject } from '../../profile/perf-commands.ts';
import { perfMissing } from '../../profile/perf-failure.ts';
import type { TaskContext } from '../../runner/context.ts';
import type { StepPlan } from '../../runner/events.ts';
import { assertWritable } from '../../util/atomic-write.ts';
import { MachineError, TaskError } from '../../util/errors.ts';
import { claimOutput } from '../../util/output-lock.ts';
import { plainRun, type RecordArgs } from './record.ts';
import { namesTarget } from './target.ts';
import { buildIdCache } from './work-folder.ts';

/** What the tasks take that read a recording, or make it where there is none. */
interface ReadArgs extends Omit<RecordArgs, 'output'> {
  readonly input: string | undefined;
}

interface InjectArgs extends ReadArgs {
  readonly output: string | undefined;
}

const defaultRecording = 'perf.data';
/** What `perf inject` made of a recording. */
const injectedName = (recording: string): string => `${recording}.jit`;

/** `perf.inject`: gives `perf report` and `perf script` the names of JIT code, and leaves the user's home alone. */
export async function injectJitCode(args: InjectArgs, context: TaskContext): Promise<void> {
  const input = args.input ?? defaultRecording;
  const displayName = args.output ?? injectedName(input);
  const [from, to] = [resolve(context.cwd, input), resolve(context.cwd, displayName)];
  const command = { argv: perfInject(from, `${to}.part`, buildIdCache(from)) };
  if (context.dry) {
    await ensureRecording(input, args, context);
    const inject = {
      title: `Add the JIT code's symbols to ${input}`,
      why: 'perf report and perf script do not read jitdump files',
      inputs: [from],
      outputs: [`${to}.part`],
    };
    const rename = {
      title: `Name it ${displayName}`,
      why: 'a file gets its name only when it is whole',
      inputs: [`${to}.part`],
      outputs: [to],
    };
    return printPlan(
      [
        { ...command, plan: inject },
        { note: `renames ${to}.part to ${to}`, plan: rename },
      ],
      context,
    );
  }
  await assertPerf();
  await ensureRecording(input, args, context);
  await assertWritable(to, displayName);
  const release = await claimOutput(to, '2.perf.data.jit');
  try {
    await runSharedSteps(
      [
        {
          title: `Add the JIT code's symbols to ${input}`,
          run: async (io) => {
            await io.run(command);
            await rename(`${to}.part`, to);
          },
        },
      ],
      context,
    );
  } finally {
    await rm(`${to}.part`, { force: true });
    await release();
  }
  const read = displayName === `${defaultRecording}.jit` ? '' : ` --input=${displayName}`;
  context.output.result(`${displayName}: look at it with \`tasks perf.report${read}\``, { output: to });
}

/** `perf.report`: perf's own browser on a terminal, its text elsewhere. */
export async function reportRecording(args: ReadArgs, context: TaskContext): Promise<void> {
  const isTerminal = context.output.canPrompt && process.stdin.isTTY === true;
  if (!isTerminal && !context.dry) context.output.reserveStdout();
  const file = await recordingToRead(args, context);
  const [input, cache] = [resolve(context.cwd, file), cacheOf(file, context)];
  const command: Command = { argv: ['perf', '--buildid-dir', cache, 'report', '-i', input] };
  if (!isTerminal) return await printOutputOf({ argv: [...command.argv, '--stdio'] }, file, context);
  if (context.dry) return printPlan([{ ...command, plan: displayedPlan(file, input) }], context);
  await handOverTerminal(command, context);
}

/** `perf.script`: perf's own text of the samples. */
export async function printRecording(args: ReadArgs, context: TaskContext): Promise<void> {
  if (!context.dry) context.output.reserveStdout();
  const file = await recordingToRead(args, context);
  const [input, cache] = [resolve(context.cwd, file), cacheOf(file, context)];
  const argv = ['perf', '--buildid-dir', cache, 'script', '-i', input] as const;
  await printOutputOf({ argv }, file, context);
}

async function printOutputOf(command: Command, file: string, context: TaskContext): Promise<void> {
  const { output, signal, env } = context;
  if (context.dry)
    return printPlan([{ ...command, plan: displayedPlan(file, resolve(context.cwd, file)) }], context);
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

function displayedPlan(file: string, input: string): StepPlan {
  return { title: `Show ${file}`, why: 'perf reads it', inputs: [input], outputs: ['-'] };
}

/** The recording to read: the one named, else the injected one where it is the newer, made first where there is none. */
async function recordingToRead(args: ReadArgs, context: TaskContext): Promise<string> {
  if (!context.dry) await assertPerf();
  const input = args.input ?? defaultRecording;
  await ensureRecording(input, args, context);
  if (args.input !== undefined) return input;
  const injected = injectedName(input);
  const [plain, jit] = await Promise.all(
    [input, injected].map((name) => stat(resolve(context.cwd, name)).catch(() => undefined)),
  );
  if (jit === undefined || jit.mtimeMs < (plain?.mtimeMs ?? 0)) return input;
  context.output.emit({ event: 'note', text: `reads ${injected}, which has the names of JIT code` });
  return injected;
}

/** @throws TaskError when there is no recording and nothing to record. */
async function ensureRecording(file: string, args: ReadArgs, context: TaskContext): Promise<void> {
  const found = await stat(resolve(context.cwd, file)).catch(() => undefined);
  if (found !== undefined) return;
  if (!namesTarget(args)) {
    throw new TaskError(`Could not read ${file}: it does not exist`, {
      hints: [
        'Record a function: tasks perf.record demo echo',
        'Or a program: tasks perf.record --cmd "my_runner"',
      ],
    });
  }
  const run = await plainRun({ ...args, output: file }, context);
  if (context.dry) run.printPlan(`${file} does not exist yet`);
  else await run.run(`Record ${args.cmd ?? `${args.user}/${args.func}`} at ${args.frequency} Hz`);
}

/** An injected recording shares the cache of the one it was made from. */
function cacheOf(file: string, { cwd }: TaskContext): string {
  return buildIdCache(resolve(cwd, file.replace(/\.jit$/, '')));
}

async function assertPerf(): Promise<void> {
  if ((await findOnPath('perf')) !== undefined) return;
  const { why, fix } = perfMissing;
  throw new MachineError(`Could not read the recording with perf: ${why}`, { hints: [fix] });
}
