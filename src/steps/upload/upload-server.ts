import { loadSettings } from '../../faasm/settings.ts';
import type { TaskContext } from '../../runner/context.ts';
import type { UploadServerArgs } from './upload-params.ts';

/** What an upload server keeps, by the first part of its paths: functions, Python functions, state. */
export type Shelf = 'f' | 'p' | 's';

/** The URL of one thing on an upload server: flags, environment, faasm.ini, else this machine. */
export async function uploadUrl(
  shelf: Shelf,
  [user, name]: readonly [user: string, name: string],
  args: UploadServerArgs,
  context: TaskContext,
): Promise<string> {
  return `${await uploadServer(args, context)}/${shelf}/${encodeURIComponent(user)}/${encodeURIComponent(name)}`;
}

/** Where shared files are put and got; which one is said in a header. */
export async function sharedFilesUrl(args: UploadServerArgs, context: TaskContext): Promise<string> {
  return `${await uploadServer(args, context)}/file/`;
}

async function uploadServer(args: UploadServerArgs, context: TaskContext): Promise<string> {
  const settings = await loadSettings(context);
  const host = args.uploadHost ?? settings.value('uploadHost') ?? '127.0.0.1';
  const port = args.uploadPort ?? settings.value('uploadPort') ?? 8002;
  const displayHost = host.includes(':') ? `[${host}]` : host;
  return `http://${displayHost}:${port}`;
}
