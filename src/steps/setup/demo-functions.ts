import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { listFunctions } from '../../faasm/functions.ts';
import { loadSettings } from '../../faasm/settings.ts';
import type { TaskContext } from '../../runner/context.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { errnoOf, messageOf, TaskError } from '../../util/errors.ts';

/** `setup.functions`: copies the package's demo functions that Faasm's local directory does not have. */
export async function putDemoFunctions(context: TaskContext): Promise<void> {
  const { env, cwd, signal, output, dry } = context;
  const localDir = (await loadSettings({ env, cwd })).value('localDir');
  const known = await listFunctions({ ...env, FAASM_LOCAL_DIR: localDir });
  const missing = known.filter(({ origin }) => origin === 'package');
  for (const { user, func, wasmPath } of missing) {
    const target = join(localDir, 'wasm', user, func, 'function.wasm');
    if (dry) output.emit({ event: 'note', text: `copies ${wasmPath} to ${target}` });
    else {
      await makeFolder(dirname(target));
      await writeFileAtomic(target, await readFile(wasmPath), signal);
    }
  }
  if (dry) return;
  const names = missing.map(({ user, func }) => `${user}/${func}`);
  const text = names.length === 0 ? `${localDir} has all demo functions` : `${localDir}: ${names.join(', ')}`;
  output.result(text, { localDir, functions: names });
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
