import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { listFunctions, listUsers } from '../../faasm/functions.ts';
import { loadSettings } from '../../faasm/settings.ts';
import { inputFile } from '../../import/input-file.ts';
import { runSteps, type Step, type StepIo } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { TaskError, UsageError } from '../../util/errors.ts';
import { didYouMean } from '../../util/near.ts';
import { curlLine, putFile, uploadUrl } from './transfer.ts';
import type { UploadServerArgs } from './upload-params.ts';

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
  const steps = moves.map(({ step }) => step);
  const done = await runSteps(steps, context, async (step) => {
    const sizes: number[] = [];
    for (const move of moves) {
      const sizeBytes = await step(move.step, async (io) => {
        const moved = await move.run(io);
        io.retitle(`${kind.localCopy ? 'Copied' : 'Uploaded'} ${move.file} to ${move.to}`);
        return moved;
      });
      sizes.push(sizeBytes);
    }
    return moves.map(({ user, func, file, to }, at) => ({ user, func, file, to, sizeBytes: sizes[at] }));
  });
  const first = done?.[0];
  if (done === undefined || first === undefined) return;
  const where =
    done.length === 1
      ? `${first.file} is at ${first.to}`
      : `${done.length} functions are at ${dirname(first.to)}`;
  context.output.result(where, { uploads: done });
}

interface Move extends OneUpload {
  readonly step: Step;
  readonly to: string;
  /** @returns how many bytes went. */
  readonly run: (io: StepIo) => Promise<number>;
}

async function moveOf(one: OneUpload, kind: UploadKind, context: TaskContext): Promise<Move> {
  const path = resolve(context.cwd, one.file);
  if (kind.localCopy) {
    const local = (await loadSettings(context)).value('localDir');
    const to = kind.py
      ? join(local, 'shared', 'pyfuncs', one.user, one.func, 'function.py')
      : join(local, 'wasm', one.user, one.func, 'function.wasm');
    const step: Step = {
      title: `Copy ${one.file}`,
      why: 'functions of this machine are in the local directory of Faasm',
      inputs: [path],
      outputs: [to],
      commands: [{ argv: ['cp', one.file, to] }],
    };
    const compiled = join(local, 'runtime_root', 'pyfuncs', one.user, one.func);
    return {
      ...one,
      step,
      to,
      run: async ({ signal }) =>
        await copy(one.file, to, { cwd: context.cwd, signal }, kind.py ? compiled : undefined),
    };
  }
  const url = await uploadUrl(kind.py ? 'p' : 'f', [one.user, one.func], kind, context);
  const transfer = { way: 'upload', url, file: one.file } as const;
  const step: Step = {
    title: `Upload ${one.file}`,
    why: 'the cluster takes functions from its upload server',
    inputs: [path],
    outputs: [url],
    commands: [{ argv: curlLine(transfer) }],
  };
  return { ...one, step, to: url, run: async (io) => await putFile(transfer, path, io) };
}

/** Copies a function; `stale` is what Python compiled from the version before. */
async function copy(
  file: string,
  to: string,
  { cwd, signal }: Pick<TaskContext, 'cwd' | 'signal'>,
  stale: string | undefined,
): Promise<number> {
  const source = await inputFile(file, cwd, signal);
  await mkdir(dirname(to), { recursive: true });
  await writeFileAtomic(to, source.chunks(), signal);
  if (stale !== undefined) await rm(stale, { recursive: true, force: true });
  return (await stat(to)).size;
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
