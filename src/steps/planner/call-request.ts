import type { CallRequest } from '../../planner/call.ts';
import type { TaskContext } from '../../runner/context.ts';
import { UsageError } from '../../util/errors.ts';
import { at } from '../../util/indexed.ts';

/** What `invoke` is told about the call itself. */
export interface RequestArgs {
  readonly user: string;
  readonly func: string;
  readonly input: string | undefined;
  readonly inputFile: string | undefined;
  readonly py: boolean;
  readonly graph: boolean;
  readonly sgx: boolean;
  readonly cmdline: string | undefined;
  readonly mpiWorldSize: number | undefined;
  readonly numMessages: number;
  readonly hostList: readonly string[];
}

/** The call that is meant. A Python function is run by Faasm's interpreter, which is a function itself. */
export async function requestOf(args: RequestArgs, context: TaskContext): Promise<CallRequest> {
  const { user, func, py, cmdline, mpiWorldSize, numMessages } = args;
  const input = await functionInput(args, context);
  const hosts = args.hostList.flatMap((item) => item.split(',')).map((host) => host.trim());
  const named = hosts.filter((host) => host !== '');
  const hostList = named.length === 1 ? Array.from({ length: numMessages }, () => at(named, 0)) : named;
  return {
    ...(py ? { user: 'python', func: 'py_func', python: { user, func } } : { user, func }),
    numMessages,
    recordGraph: args.graph,
    ...(input === undefined ? {} : { input }),
    ...(cmdline === undefined ? {} : { cmdline }),
    ...(mpiWorldSize === undefined ? {} : { mpiWorldSize }),
    ...(args.sgx ? { sgx: true } : {}),
    ...(hostList.length === 0 ? {} : { hostList }),
  };
}

/** The bytes a function is given: an argument, a file, stdin; undefined for none. */
async function functionInput(
  { input, inputFile: file }: RequestArgs,
  context: TaskContext,
): Promise<Uint8Array | undefined> {
  if (input !== undefined && file !== undefined) {
    throw new UsageError('--input and --input-file were both given', {
      hints: ['Give the input once: --input=TEXT, --input-file=FILE, or --input-file=- for stdin.'],
    });
  }
  if (file === undefined) return input === undefined || input === '' ? undefined : Buffer.from(input);
  const { inputFile } = await import('../../import/input-file.ts');
  const { chunks } = await inputFile(file, context.cwd, context.signal);
  const parts: Uint8Array[] = [];
  // A piece is valid until the next one is asked for.
  for await (const chunk of chunks()) parts.push(Buffer.from(chunk));
  return parts.length === 0 ? undefined : Buffer.concat(parts);
}
