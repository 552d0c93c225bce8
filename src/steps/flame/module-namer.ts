import { dirname, resolve } from 'node:path';
import { findFunction } from '../../faasm/functions.ts';
import { settingsVariables } from '../../faasm/settings.ts';
import type { TaskContext } from '../../runner/context.ts';
import { UsageError } from '../../util/errors.ts';
import { type FrameNamer, frameNamer, namesInFile, namesOf } from './function-names.ts';

/** Which modules' functions are named in a recording, as flags say it. */
export interface NamingArgs {
  readonly file: string;
  readonly module?: readonly string[];
  readonly wasm: string | undefined;
  readonly function: string | undefined;
  readonly jitdump?: string | undefined;
}

/** A namer for the frames of a recording; undefined when no module was given. @throws UsageError, TaskError */
export async function moduleNamer(args: NamingArgs, context: TaskContext): Promise<FrameNamer | undefined> {
  const paths = [...(args.module ?? []), ...(args.wasm === undefined ? [] : [args.wasm])];
  if (paths.length === 0 && args.function === undefined) return undefined;
  const { env, cwd } = context;
  const variables = { ...env, ...(await settingsVariables(env, cwd)) };
  const note = (message: string) => context.output.emit({ event: 'warning', message, hints: [] });
  const modules = await Promise.all(
    paths.map(async (path) => await namesInFile(path, cwd, context.signal, note)),
  );
  if (args.function !== undefined) {
    const [user, func, ...rest] = args.function.split('/');
    if (user === undefined || func === undefined || rest.length > 0) {
      throw new UsageError(`--function=${args.function} is not USER/FUNC`, {
        hints: ['Type: --function=demo/echo'],
      });
    }
    modules.push(await namesOf(await findFunction(user, func, variables), context.signal, note));
  }
  return await frameNamer({
    modules,
    namelessByIndex: true,
    env: variables,
    note,
    dumpFolders: dumpFolders(args, cwd),
  });
}

/** Dumps lie where it was said, or beside the recording. */
function dumpFolders({ file, jitdump }: NamingArgs, cwd: string): string[] {
  return [...(jitdump === undefined ? [] : [resolve(cwd, jitdump)]), dirname(resolve(cwd, file))];
}
