import { resolve } from 'node:path';
import type { Command } from '../../process/child.ts';
import { printPlan, runSharedSteps } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { assertWritable } from '../../util/atomic-write.ts';
import { getFile, putFile } from './http-file.ts';

/** One file on its way to or from an upload server. */
export interface OneFile {
  readonly way: 'upload' | 'download';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The file of this machine as a person wrote it. */
  readonly file: string;
  /** What it is on the server, for people. */
  readonly name: string;
}

/**
 * Moves a file, a download whole or not at all; `--dry` prints the curl line that would do the same.
 *
 * @returns its size in bytes; undefined in a dry run.
 * @throws TaskError with the server's words when it refuses.
 */
export async function moveFile(
  { way, url, headers, file, name }: OneFile,
  context: TaskContext,
): Promise<number | undefined> {
  const isUpload = way === 'upload';
  const path = resolve(context.cwd, file);
  if (context.dry) {
    const words = Object.entries(headers ?? {}).flatMap(([key, value]) => ['-H', `${key}: ${value}`]);
    const argv: Command['argv'] = isUpload
      ? ['curl', '-X', 'PUT', url, '-T', file, ...words]
      : ['curl', '-X', 'GET', url, '-o', file, ...words];
    const [inputs, outputs] = isUpload ? [[path], [url]] : [[url], [path]];
    const title = `${isUpload ? 'Upload' : 'Download'} ${name}`;
    printPlan([{ argv, plan: { title, why: 'asked for', inputs, outputs } }], context);
    return undefined;
  }
  if (!isUpload) await assertWritable(path, file);
  let sizeBytes = 0;
  await runSharedSteps(
    [
      {
        title: isUpload ? `Upload ${file} as ${name}` : `Download ${name} to ${file}`,
        run: async ({ signal, progress }) => {
          sizeBytes = await (isUpload ? putFile : getFile)({
            url,
            ...(headers === undefined ? {} : { headers }),
            path,
            displayName: file,
            signal,
            onBytes: (done, total) =>
              progress({ done, total, secondsLeft: undefined, file, text: `${done} bytes` }),
          });
        },
      },
    ],
    context,
  );
  return sizeBytes;
}
