import type { TaskContext } from '../../runner/context.ts';
import { UsageError } from '../../util/errors.ts';
import { moveFile } from './one-file.ts';
import type { UploadServerArgs } from './upload-params.ts';
import { uploadUrl } from './upload-server.ts';

interface StateArgs extends UploadServerArgs {
  readonly user: string;
  readonly key: string;
  readonly file: string;
}

/** `state.upload`: a file becomes the value of a key. */
export async function uploadState(args: StateArgs, context: TaskContext): Promise<void> {
  await move('upload', args, context);
}

/** `state.download`: the value of a key becomes a file, whole or not at all. */
export async function downloadState(args: StateArgs, context: TaskContext): Promise<void> {
  await move('download', args, context);
}

async function move(way: 'upload' | 'download', args: StateArgs, context: TaskContext): Promise<void> {
  const { user, key, file } = args;
  if (user === '' || key === '') {
    throw new UsageError(`state.${way} needs a user and a key`, {
      hints: [`tasks state.${way} demo my-key value.bin`],
    });
  }
  const url = await uploadUrl('s', [user, key], args, context);
  const sizeBytes = await moveFile({ way, url, file, name: `${user}/${key}` }, context);
  if (sizeBytes === undefined) return;
  context.output.result(
    way === 'upload'
      ? `${file} is at ${url} (${sizeBytes} bytes)`
      : `${file}: ${sizeBytes} bytes of ${user}/${key}`,
    { user, key, file, url, sizeBytes },
  );
}
