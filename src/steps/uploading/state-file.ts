import { resolve } from 'node:path';
import type { TaskContext } from '../../runner/index.ts';
import { assertWritable } from '../../util/atomic-write.ts';
import { UsageError } from '../../util/errors.ts';
import type { Command } from '../child.ts';
import { printPlan, runSteps } from '../steps.ts';
import { getFile, putFile } from './http-file.ts';
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
  const isUpload = way === 'upload';
  const argv: Command['argv'] = isUpload
    ? ['curl', '-X', 'PUT', url, '-T', file]
    : ['curl', '-X', 'GET', url, '-o', file];
  const path = resolve(context.cwd, file);
  if (context.dry) {
    const [inputs, outputs] = isUpload ? [[path], [url]] : [[url], [path]];
    const title = `${isUpload ? 'Upload' : 'Download'} ${user}/${key}`;
    return printPlan([{ argv, plan: { title, why: 'asked for', inputs, outputs } }], context);
  }
  if (!isUpload) await assertWritable(path, file);
  let sizeBytes = 0;
  await runSteps(
    [
      {
        title: isUpload ? `Upload ${file} as ${user}/${key}` : `Download ${user}/${key} to ${file}`,
        run: async ({ signal, progress }) => {
          sizeBytes = await (isUpload ? putFile : getFile)({
            url,
            path,
            shown: file,
            signal,
            onBytes: (done, total) =>
              progress({ done, total, secondsLeft: undefined, file, text: `${done} bytes` }),
          });
        },
      },
    ],
    context,
  );
  context.output.result(
    isUpload ? `${file} is at ${url} (${sizeBytes} bytes)` : `${file}: ${sizeBytes} bytes of ${user}/${key}`,
    { user, key, file, url, sizeBytes },
  );
}
