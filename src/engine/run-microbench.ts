import { readFile } from 'node:fs/promises';
import { findFunction } from '../faasm/functions.ts';
import { assertWritable } from '../util/atomic-write.ts';
import { ExitCode, messageOf, TaskError } from '../util/errors.ts';
import { ResultFile, resultLine } from './bench-results.ts';
import { type BenchLine, parseBenchSpec } from './bench-spec.ts';
import { FunctionHost } from './function-host.ts';
import {
  bufferedOutput,
  isProfiled,
  ProcessInput,
  say,
  TimeLimitExceeded,
  withTimeLimit,
} from './program.ts';

interface MicrobenchRun {
  readonly specPath: string;
  readonly outPath: string;
  /** Arguments of every call, after the program's name. */
  readonly words: readonly string[];
  readonly timeoutSeconds: number | undefined;
}

const NS_PER_US = 1000;

/**
 * microbench_runner: every line's function is called once unmeasured, then as often as the line says, each time in a
 * fresh image. A call that fails ends the run, as in Faasm. Each row is in the file before the next call begins, so that
 * what was measured survives whatever ends this process.
 *
 * @returns the exit code: 1 when a call failed.
 */
export async function runMicrobench({
  specPath,
  outPath,
  words,
  timeoutSeconds,
}: MicrobenchRun): Promise<number> {
  const lines = parseBenchSpec(await readSpec(specPath), specPath);
  await assertWritable(outPath);
  for (const { user, func } of lines) await findFunction(user, func);
  const file = new ResultFile(outPath);
  try {
    for (const line of lines) {
      const { user, func, runs, input } = line;
      say(`Running ${user}/${func} x${runs} (input [${input}])`);
      if (!(await measure(line, words, timeoutSeconds, file))) return ExitCode.failed;
    }
    file.open();
    return ExitCode.ok;
  } finally {
    file.close();
  }
}

async function readSpec(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new TaskError(`Could not read the spec ${path}: ${messageOf(error)}`, { cause: error });
  }
}

async function measure(
  { user, func, runs, input }: BenchLine,
  words: readonly string[],
  timeoutSeconds: number | undefined,
  file: ResultFile,
): Promise<boolean> {
  const output = bufferedOutput();
  const host = await FunctionHost.open(user, func, {
    env: process.env,
    output,
    warn: say,
    tagNames: isProfiled(),
    stdin: new ProcessInput({ keep: true }),
  });
  file.open();
  const request = { input: Buffer.from(input), args: words };
  let instance = host.instantiate();
  const call = () => withTimeLimit(timeoutSeconds, () => host.run(instance, request));
  try {
    call();
    instance = host.instantiate();
    for (let run = 0; run < runs; run++) {
      const started = process.hrtime.bigint();
      const { returnValue, failure } = call();
      const ended = process.hrtime.bigint();
      instance = host.instantiate();
      const reset = process.hrtime.bigint();
      const runUs = Number(ended - started) / NS_PER_US;
      file.append(resultLine({ user, func, returnValue, runUs, resetUs: Number(reset - ended) / NS_PER_US }));
      if (returnValue !== 0) {
        say(`microbench_runner: ${user}/${func} failed on run ${run} with value ${returnValue}`);
        if (failure !== undefined) say(failure);
        return false;
      }
    }
    return true;
  } catch (error) {
    if (!(error instanceof TimeLimitExceeded)) throw error;
    say(`microbench_runner: ${user}/${func} was ${error.message}, its time limit (--timeout)`);
    return false;
  } finally {
    output.flush();
  }
}
