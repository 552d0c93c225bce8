import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { listFunctions, listUsers } from '../../faasm/functions.ts';
import { loadSettings } from '../../faasm/settings.ts';
import { inputFile } from '../../import/input-file.ts';
import type { Command } from '../../process/child.ts';
import { printPlan, runSharedSteps, type SharedStep, type StepIo } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { TaskError, UsageError } from '../../util/errors.ts';
import { didYouMean } from '../../util/near.ts';
import { putFile } from './http-file.ts';
import type { UploadServerArgs } from './upload-params.ts';
import { uploadUrl } from './upload-server.ts';

interface UploadKind extends UploadServerArgs {
  /** The file is a Python function. */
  readonly py: boolean;
  /** Copy into Faasm's local directory, send nothing. */
  readonly localCopy: boolean;
}

interface UploadArgs extends UploadKind {
  readonly user: string;
  readonly func: string;
  readonly funcFile: string;
}

interface OneUpload {
  readonly user: string;
  readonly func: string;
  /** As a person would write it. */
  readonly file: string;
}

/** `upload`: gives one function to the cluster, or to this machine. */
export async function uploadFunction(args: UploadArgs, context: TaskContext): Promise<void> {
  const one = { user: args.user, func: args.func, file: args.funcFile };
  await uploadAll([one], args, context);
}

/** `upload.user`: every function of a folder, or every function of a user that this machine has. */
export async function uploadUser(
  args: UploadKind & { readonly user: string },
  context: TaskContext,
): Promise<void> {
  const found = await functionsIn(args, context);
  if (found.length === 0) {
    throw new TaskError(`There are no ${args.py ? 'Python ' : ''}functions of ${args.user}`, {
      hints: [
        ...didYouMean(args.user, await listUsers(context.env), (name) => `tasks upload.user ${name}`),
        `A folder of a user holds FUNC/function.${args.py ? 'py' : 'wasm'} or FUNC.${args.py ? 'py' : 'wasm'}.`,
        'tasks upload.user demo sends the demo functions.',
      ],
    });
  }
  await uploadAll(found, args, context);
}

async function uploadAll(
  uploads: readonly OneUpload[],
  kind: UploadKind,
  context: TaskContext,
): Promise<void> {
  for (const { user, func } of uploads) {
    assertName('user', user);
    assertName('function', func);
  }
  const moves = await Promise.all(uploads.map(async (one) => await moveOf(one, kind, context)));
  if (context.dry)
    return printPlan(
      moves.map(({ command, file, to }) => ({
        argv: command,
        plan: {
          title: `${kind.localCopy ? 'Copy' : 'Upload'} ${file}`,
          why: kind.localCopy ? '--local-copy' : 'the cluster takes functions from its upload server',
          inputs: [resolve(context.cwd, file)],
          outputs: [to],
        },
      })),
      context,
    );
  const done: Readonly<Record<string, unknown>>[] = [];
  await runSharedSteps(
    moves.map(
      (move): SharedStep => ({
        title: `${kind.localCopy ? 'Copy' : 'Upload'} ${move.file}`,
        run: async (io) => {
          const sizeBytes = await move.run(io);
          io.retitle(`${kind.localCopy ? 'Copied' : 'Uploaded'} ${move.file} to ${move.to}`);
          const { user, func, to } = move;
          done.push({ user, func, file: move.file, to, sizeBytes });
        },
      }),
    ),
    context,
  );
  const [first] = moves;
  const where =
    moves.length === 1 && first !== undefined
      ? `${first.file} is at ${first.to}`
      : `${moves.length} functions are at ${dirname(first?.to ?? '')}`;
  context.output.result(where, { uploads: done });
}

interface Move extends OneUpload {
  readonly to: string;
  /** What a person could type instead. */
  readonly command: Command['argv'];
  /** @returns how many bytes went. */
  readonly run: (io: StepIo) => Promise<number>;
}

async function moveOf(one: OneUpload, kind: UploadKind, context: TaskContext): Promise<Move> {
  if (kind.localCopy) return await copyOf(one, kind.py, context);
  const path = resolve(context.cwd, one.file);
  const to = await uploadUrl(kind.py ? 'p' : 'f', [one.user, one.func], kind, context);
  return {
    ...one,
    to,
    command: ['curl', '-X', 'PUT', to, '-T', one.file],
    run: async ({ signal, progress }) =>
      await putFile({
        url: to,
        path,
        displayName: one.file,
        signal,
        onBytes: (done, total) =>
          progress({ done, total, secondsLeft: undefined, file: one.file, text: share(done, total) }),
      }),
  };
}

function share(done: number, total: number | undefined): string {
  return total === undefined || total === 0 ? `${done} bytes` : `${Math.floor((100 * done) / total)} %`;
}

async function copyOf(one: OneUpload, isPython: boolean, context: TaskContext): Promise<Move> {
  const local = (await loadSettings(context)).value('localDir');
  const to = isPython
    ? join(local, 'shared', 'pyfuncs', one.user, one.func, 'function.py')
    : join(local, 'wasm', one.user, one.func, 'function.wasm');
  return {
    ...one,
    to,
    command: ['cp', one.file, to],
    run: async ({ signal }) => {
      const source = await inputFile(one.file, context.cwd, signal);
      await mkdir(dirname(to), { recursive: true });
      await writeFileAtomic(to, source.chunks(), signal);
      // What Python compiled from the version before.
      if (isPython)
        await rm(join(local, 'runtime_root', 'pyfuncs', one.user, one.func), {
          recursive: true,
          force: true,
        });
      return (await stat(to)).size;
    },
  };
}

async function functionsIn(
  { user, py }: UploadKind & { readonly user: string },
  context: TaskContext,
): Promise<OneUpload[]> {
  const folder = resolve(context.cwd, user);
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder) return await functionsOfFolder(folder, user, py);
  const localDir = (await loadSettings(context)).value('localDir');
  if (py) return await functionsOfFolder(join(localDir, 'shared', 'pyfuncs', user), undefined, true);
  const all = await listFunctions({ ...context.env, FAASM_LOCAL_DIR: localDir });
  return all
    .filter((files) => files.user === user)
    .map(({ func, wasmPath }) => ({ user, func, file: wasmPath }));
}

async function functionsOfFolder(
  folder: string,
  displayName: string | undefined,
  isPython: boolean,
): Promise<OneUpload[]> {
  const extension = isPython ? '.py' : '.wasm';
  const user = basename(folder);
  const found: OneUpload[] = [];
  const names = await readdir(folder).catch(() => []);
  for (const name of names.sort()) {
    const candidates = [join(name, `function${extension}`), name.endsWith(extension) ? name : ''];
    for (const candidate of candidates.filter(Boolean)) {
      const isThere = await stat(join(folder, candidate)).then(
        (entry) => entry.isFile(),
        () => false,
      );
      const func = basename(name, extension);
      if (isThere) found.push({ user, func, file: join(displayName ?? folder, candidate) });
    }
  }
  return found;
}

function assertName(what: string, name: string): void {
  if (name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name)) return;
  throw new UsageError(`${JSON.stringify(name)} is not a ${what} name: it must be one path component`, {
    hints: ['For example: tasks upload demo hello function.wasm'],
  });
}
