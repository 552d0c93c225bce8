import type { TaskContext } from '../../runner/context.ts';
import { UsageError } from '../../util/errors.ts';
import { moveFile, type OneFile } from './one-file.ts';
import type { UploadServerArgs } from './upload-params.ts';
import { sharedFilesUrl } from './upload-server.ts';

interface SharedFileArgs extends UploadServerArgs {
  /** The file as functions see it. */
  readonly sharedPath: string;
  /** The file of this machine. */
  readonly file: string;
}

/** `files.upload`: a file becomes one that every function sees. */
export async function uploadShared(args: SharedFileArgs, context: TaskContext): Promise<void> {
  await move('upload', args, context);
}

/** `files.download`: a shared file becomes one of this machine, whole or not at all. */
export async function downloadShared(args: SharedFileArgs, context: TaskContext): Promise<void> {
  await move('download', args, context);
}

async function move(way: OneFile['way'], args: SharedFileArgs, context: TaskContext): Promise<void> {
  const { sharedPath, file } = args;
  // A header is one line of visible ASCII; anything else would be cut or refused on the way.
  if (!/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(sharedPath)) {
    throw new UsageError(`${JSON.stringify(sharedPath)} cannot be the path of a shared file`, {
      hints: ['It goes in an HTTP header: printable ASCII, as in: tasks files data.csv inputs/data.csv'],
    });
  }
  const url = await sharedFilesUrl(args, context);
  const headers = { FilePath: sharedPath };
  const sizeBytes = await moveFile({ way, url, headers, file, name: sharedPath }, context);
  if (sizeBytes === undefined) return;
  context.output.result(
    way === 'upload'
      ? `${file} is shared as ${sharedPath} (${sizeBytes} bytes)`
      : `${file}: ${sizeBytes} bytes of ${sharedPath}`,
    { sharedPath, file, url, sizeBytes },
  );
}
