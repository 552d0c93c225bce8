import type { TaskContext } from '../../runner/context.ts';
import { UsageError } from '../../util/errors.ts';
import { moveFile, type Transfer, uploadServer, uploadUrl } from './transfer.ts';
import type { UploadServerArgs } from './upload-params.ts';

interface StateArgs extends UploadServerArgs {
  readonly user: string;
  readonly key: string;
  readonly file: string;
}

/** `state.upload`, `state.download`: a file becomes the value of a key, or the other way round. */
export async function moveState(way: Transfer['way'], args: StateArgs, context: TaskContext): Promise<void> {
  const { user, key, file } = args;
  if (user === '' || key === '') {
    throw new UsageError(`state.${way} needs a user and a key`, {
      hints: [`tasks state.${way} demo my-key value.bin`],
    });
  }
  const url = await uploadUrl('s', [user, key], args, context);
  const why = 'the upload server reads and writes the state of the cluster';
  const told = { name: `${user}/${key}`, why, arrived: `is at ${url}`, data: { user, key } };
  await moveFile({ way, url, file }, told, context);
}

interface SharedFileArgs extends UploadServerArgs {
  /** The file as functions see it. */
  readonly sharedPath: string;
  /** The file of this machine. */
  readonly file: string;
}

/** `files.upload`, `files.download`: a file becomes one that every function sees, or the other way round. */
export async function moveShared(
  way: Transfer['way'],
  args: SharedFileArgs,
  context: TaskContext,
): Promise<void> {
  const { sharedPath, file } = args;
  // A header is one line of visible ASCII; anything else would be cut or refused on the way.
  if (!/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(sharedPath)) {
    throw new UsageError(`${JSON.stringify(sharedPath)} cannot be the path of a shared file`, {
      hints: ['It goes in an HTTP header: printable ASCII, as in: tasks files data.csv inputs/data.csv'],
    });
  }
  const url = `${await uploadServer(args, context)}/file/`;
  const why = 'the upload server keeps the files that all functions see';
  const told = { name: sharedPath, why, arrived: `is shared as ${sharedPath}`, data: { sharedPath } };
  await moveFile({ way, url, headers: { FilePath: sharedPath }, file }, told, context);
}
