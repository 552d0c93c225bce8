import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { listFunctions } from '../../faasm/functions.ts';
import { loadSettings } from '../../faasm/settings.ts';
import { runSteps, type Step } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { errnoOf, messageOf, TaskError } from '../../util/errors.ts';

/** `setup.functions`: copies the package's demo functions that Faasm's local directory does not have. */
export async function putDemoFunctions(context: TaskContext): Promise<void> {
  const { env, cwd, output } = context;
  const localDir = (await loadSettings({ env, cwd })).value('localDir');
  const known = await listFunctions({ ...env, FAASM_LOCAL_DIR: localDir });
  const copies = known
    .filter(({ origin }) => origin === 'package')
    .map(({ user, func, wasmPath }) => ({
      name: `${user}/${func}`,
      from: wasmPath,
      to: join(localDir, 'wasm', user, func, 'function.wasm'),
    }));
  const copy: Step = {
    title: `Copy the demo functions to ${localDir}`,
    why: "Faasm's own programs look for functions there",
    inputs: copies.map(({ from }) => from),
    outputs: copies.map(({ to }) => to),
  };
  const names = await runSteps(copies.length === 0 ? [] : [copy], context, async (step) => {
    if (copies.length > 0) await step(copy, async ({ signal }) => await copyAll(copies, signal));
    return copies.map(({ name }) => name);
  });
  if (names === undefined) return;
  const text = names.length === 0 ? `${localDir} has all demo functions` : `${localDir}: ${names.join(', ')}`;
  output.result(text, { localDir, functions: names });
}

async function copyAll(
  copies: readonly { readonly from: string; readonly to: string }[],
  signal: AbortSignal,
): Promise<void> {
  for (const { from, to } of copies) {
    await makeFolder(dirname(to));
    await writeFileAtomic(to, await readFile(from), signal);
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    const why = errnoOf(error) === 'EACCES' ? 'permission denied' : messageOf(error);
    throw new TaskError(`Could not put the demo functions into ${folder}: ${why}`, {
      hints: ['Choose a folder of yours: tasks config.set --local-dir=FOLDER'],
      cause: error,
    });
  }
}
