import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { loadSettings } from '../../faasm/settings.ts';
import type { TaskContext } from '../../runner/context.ts';
import { errnoOf, messageOf, TaskError } from '../../util/errors.ts';

/** `python.clear-runtime-pyc`: removes what Python has compiled below the runtime root; links are not followed. */
export async function clearRuntimePyc(context: TaskContext): Promise<void> {
  const { output, signal, dry } = context;
  const root = join((await loadSettings(context)).value('localDir'), 'runtime_root');
  const removed: string[] = [];
  for await (const path of compiledBelow(root)) {
    signal.throwIfAborted();
    if (dry) output.emit({ event: 'note', text: `removes ${path}` });
    else await rm(path, { recursive: true, force: true }).catch(failed('remove', path));
    removed.push(path);
  }
  if (dry) return;
  output.result(`${removed.length} removed below ${root}`, { root, removed });
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
