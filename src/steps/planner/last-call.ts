import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Environment, stateDirectory } from '../../faasm/directories.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { errnoOf, messageOf, TaskError } from '../../util/errors.ts';

/** The cluster that a call went to. */
interface Address {
  readonly host: string;
  readonly port: number;
}

/** A call that may be asked about later. */
export interface RememberedCall {
  readonly callId: number;
  readonly user: string;
  readonly func: string;
  /** How many messages it had. */
  readonly messages: number;
}

/** How many calls before the last one are kept, for completion. */
const MOST_EARLIER = 20;

/** Holds a file for each cluster, `HOST_PORT.json`: the last call, and those before it. */
export function lastCallFolder(env: Environment): string {
  return join(stateDirectory(env), 'last-call');
}

function lastCallFile(env: Environment, { host, port }: Address): string {
  // Two names of one planner.
  const name = host === 'localhost' ? '127.0.0.1' : encodeURIComponent(host);
  return join(lastCallFolder(env), `${name}_${port}.json`);
}

/** The cluster that a file in {@link lastCallFolder} is about. */
export function clusterOfFile(name: string): Address | undefined {
  const [, host = '', port = ''] = /^(.+)_(\d+)\.json$/.exec(name) ?? [];
  return host === '' ? undefined : { host: decodeURIComponent(host), port: Number(port) };
}

/** Remembers a call as the last one to its cluster. @throws TaskError when the file cannot be written. */
export async function rememberCall(env: Environment, address: Address, call: RememberedCall): Promise<void> {
  const file = lastCallFile(env, address);
  // What was called is nobody else's business.
  await mkdir(dirname(file), { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw new TaskError(`Could not write ${file}: ${messageOf(error)}`, { cause: error });
  });
  const earlier = (await callsInFile(file).catch(() => [])).filter(({ callId }) => callId !== call.callId);
  await writeFileAtomic(file, `${JSON.stringify({ ...call, earlier: earlier.slice(0, MOST_EARLIER) })}\n`);
}

/** The calls that a file in {@link lastCallFolder} tells of, the last one first; none where it makes no sense. */
export async function callsInFile(path: string): Promise<RememberedCall[]> {
  const value: unknown = JSON.parse(await readFile(path, 'utf8'));
  const { earlier } = { earlier: [], ...(typeof value === 'object' ? value : {}) };
  const all: readonly unknown[] = [value, ...(Array.isArray(earlier) ? earlier : [])];
  return all.map(rememberedCall).filter((call) => call !== undefined);
}

/** The last call to a cluster, undefined when there was none or its file makes no sense. */
export async function lastCall(env: Environment, address: Address): Promise<RememberedCall | undefined> {
  const file = lastCallFile(env, address);
  try {
    return rememberedCall(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw new TaskError(`Could not read the last call: ${file}`, {
      hints: ['Give the id: --call-id=N'],
      cause: error,
    });
  }
}

/** The call that is meant: the given id, else the last call. @throws TaskError when there was none. */
export async function wantedCallId(
  given: number | undefined,
  env: Environment,
  address: Address,
): Promise<number> {
  const callId = given ?? (await lastCall(env, address))?.callId;
  if (callId !== undefined) return callId;
  throw new TaskError(`No call ID provided and no last call ID found for ${address.host}:${address.port}`, {
    hints: ['tasks invoke USER FUNC --asynch', 'or give the id: --call-id=N'],
  });
}

function rememberedCall(value: unknown): RememberedCall | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { callId, user, func, messages } = { callId: 0, user: '', func: '', messages: 1, ...value };
  const isWhole = Number.isSafeInteger(callId) && callId !== 0 && Number.isSafeInteger(messages);
  return isWhole && typeof user === 'string' && typeof func === 'string'
    ? { callId, user, func, messages }
    : undefined;
}
