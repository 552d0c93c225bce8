import { resolve } from 'node:path';
import { nearFunctions } from '../../faasm/functions.ts';
import type { CallStatus } from '../../planner/call.ts';
import type { TaskContext } from '../../runner/context.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import {
  callLine,
  functionFailure,
  hasFailed,
  isMissing,
  outputBytes,
  ownMessages,
  statusData,
} from './call-report.ts';

/**
 * Hands on what a call wrote: the bytes to stdout (or a file) as they are, all else to stderr. @throws TaskError with
 * the function's words when it failed.
 */
export async function handOnResult(
  status: CallStatus,
  file: string | undefined,
  context: TaskContext,
): Promise<void> {
  const { output, cwd, signal } = context;
  const own = ownMessages(status);
  const failed = own.filter((message) => hasFailed(message, status));
  const good = own.filter((message) => !hasFailed(message, status));
  if (file !== undefined) await writeFileAtomic(resolve(cwd, file), good.map(outputBytes), signal, file);
  if (output.json)
    output.result('', { ...statusData(status), ...(file === undefined ? {} : { output: file }) });
  else {
    for (const message of good) {
      if (own.length > 1) say(callLine(message), context);
      if (file === undefined) await writeOut(outputBytes(message), context);
      if (own.length === 1) say(callLine(message), context);
    }
    if (file !== undefined) say(`${file} written`, context);
  }
  if (failed.length === 0) return;
  const missing = failed.find(isMissing);
  const near = missing === undefined ? [] : await nearFunctions(missing.user, missing.function, context.env);
  throw functionFailure(failed, own.length, near);
}

/** A pipe gets the bytes and nothing else; on a terminal the next line starts at the left. */
async function writeOut(bytes: Uint8Array, { output }: TaskContext): Promise<void> {
  if (bytes.length === 0) return;
  await output.write(bytes);
  if (output.isTerminal && bytes.at(-1) !== 0x0a) await output.write('\n');
}

function say(text: string, { output }: TaskContext): void {
  output.aside((paint) => paint('dim', text));
}
