import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { loadSettings } from '../../faasm/settings.ts';
import { runSteps, type Step } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { errnoOf, messageOf, TaskError } from '../../util/errors.ts';

/** `python.clear-runtime-pyc`: removes what Python has compiled below the runtime root; links are not followed. */
export async function clearRuntimePyc(context: TaskContext): Promise<void> {
  const { output, signal } = context;
  const root = join((await loadSettings(context)).value('localDir'), 'runtime_root');
  const found: string[] = [];
  for await (const path of compiledBelow(root)) {
    signal.throwIfAborted();
    found.push(path);
  }
  const remove: Step = {
    title: `Remove ${found.length} compiled files and folders below ${root}`,
    why: 'Python compiles its modules again where they are missing',
    inputs: found,
    notes: found.map((path) => `removes ${path}`),
    foreground: true,
  };
  await runSteps([remove], context, async (step) => {
    await step(remove, async () => {
      for (const path of found) {
        signal.throwIfAborted();
        await rm(path, { recursive: true, force: true }).catch(failed('remove', path));
      }
    });
    output.result(`${found.length} removed below ${root}`, { root, removed: found });
  });
}

/** Every `*.pyc` and `__pycache__` in a tree; a whole `__pycache__` is one. */
async function* compiledBelow(folder: string): AsyncIterable<string> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return [];
    return failed('read', folder)(error);
  });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    const isFolder = entry.isDirectory();
    if (isFolder ? entry.name === '__pycache__' : entry.name.endsWith('.pyc')) yield path;
    else if (isFolder) yield* compiledBelow(path);
  }
}

function failed(verb: string, path: string): (error: unknown) => never {
  return (error) => {
    throw new TaskError(`Could not ${verb} ${path}: ${messageOf(error)}`, {
      hints: errnoOf(error) === 'EACCES' ? ['Whose is it? Run it as its owner.'] : [],
      cause: error,
    });
  };
}
