import { resolve } from 'node:path';
import { nearFunctions } from '../../faasm/functions.ts';
import type { CallMessage, CallStatus } from '../../planner/call.ts';
import type { TaskContext } from '../../runner/context.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { formatDuration } from '../../util/display-text.ts';
import { TaskError } from '../../util/errors.ts';

// What is said about a call and its messages: text for a person's terminal and for `--json`.

/** The messages somebody asked for, without the calls that these made. */
export function ownMessages({ messages, ownCount }: CallStatus): readonly CallMessage[] {
  return messages.slice(0, ownCount);
}

/** True when a call that ended is known to have gone wrong. The 2021 worker API tells it by the state alone. */
export function hasFailed({ returnValue }: CallMessage, { state }: CallStatus): boolean {
  return returnValue === undefined ? state === 'failed' : returnValue !== 0;
}

/** `demo/echo: return value 0, on 127.0.0.2, 12 ms, call 123`: what is known, in one line. */
export function callLine(message: CallMessage): string {
  const { returnValue, host, startMs, finishMs, id } = message;
  const facts = [
    returnValue === undefined ? undefined : `return value ${returnValue}`,
    host === undefined ? undefined : `on ${host}`,
    startMs === undefined || finishMs === undefined ? undefined : formatDuration(finishMs - startMs),
    id === 0 ? undefined : `call ${id}`,
  ].filter((fact) => fact !== undefined);
  return [nameOf(message), facts.join(', ')].filter((part) => part !== '').join(': ');
}

/** The bytes a function wrote. */
export function outputBytes({ output, outputBytes: bytes }: CallMessage): Uint8Array {
  return bytes ?? Buffer.from(output);
}

/** What went wrong with a function, as the failure of a task: what it wrote, on stderr; `near` are hints about its name. */
export function functionFailure(
  failed: readonly CallMessage[],
  total: number,
  near: readonly string[],
): TaskError {
  const [first] = failed;
  const text = first?.output.trim() ?? '';
  const returned = first?.returnValue === undefined ? '' : ` with return value ${first.returnValue}`;
  const where = first?.host === undefined ? '' : ` on ${first.host}`;
  const name = first === undefined || nameOf(first) === '' ? 'The function' : nameOf(first);
  const many = total > 1 ? ` in ${failed.length} of ${total} messages, first` : '';
  const isLine = text !== '' && !text.includes('\n');
  return new TaskError(`${name} failed${many}${returned}${where}${isLine ? `: ${text}` : ''}`, {
    ...(isLine ? {} : { detail: text }),
    hints: isMissing(first) ? [...near, ...missingHints(first)] : [],
  });
}

/** A message as data for `--json`. */
export function messageData(message: CallMessage): Readonly<Record<string, unknown>> {
  const { appId, host, startMs, finishMs, returnValue, outputBytes: bytes, ...rest } = message;
  return {
    ...rest,
    appId: appId ?? null,
    host: host ?? null,
    startMs: startMs ?? null,
    finishMs: finishMs ?? null,
    returnValue: returnValue ?? null,
    // Text cannot hold all of it.
    ...(bytes === undefined ? {} : { outputBase64: Buffer.from(bytes).toString('base64') }),
  };
}

/** A call's state as data for `--json`. */
export function statusData(status: CallStatus): Readonly<Record<string, unknown>> {
  const { callId, state, isFinished, messages, ownCount } = status;
  return {
    callId: callId ?? null,
    state,
    isFinished,
    messages: messages.slice(0, ownCount).map(messageData),
    chained: messages.slice(ownCount).map(messageData),
  };
}

/** `demo/echo`, or nothing where the answer does not name it. */
function nameOf({ user, function: func }: CallMessage): string {
  return user === '' && func === '' ? '' : `${user}/${func}`;
}

/** faabric's text when an executor cannot be made: most often the module is not there. */
export function isMissing(message: CallMessage | undefined): message is CallMessage {
  return message?.output.includes('Error trying to claim executor') === true;
}

function missingHints({ user, function: func }: CallMessage): string[] {
  if (user === 'python' && func === 'py_func') {
    return ['python/py_func is the Python interpreter of a Faasm cluster; the embedded planner has none'];
  }
  return [
    `Is it there? Give it to the cluster: tasks upload ${user} ${func} function.wasm (--local-copy: to this machine)`,
  ];
}

/**
 * Hands on what a call wrote: the bytes to stdout (or a file) as they are, all else to stderr. @throws TaskError with
 * the function's text when it failed.
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
