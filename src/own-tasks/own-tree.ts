import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Environment } from '../faasm/directories.ts';
import type { Namespace } from '../runner/define.ts';
import { UsageError } from '../util/errors.ts';
import { findOwnTasks } from './find.ts';

/** Where to look for somebody's own tasks, and what for. */
export interface OwnSearch {
  readonly cwd: string;
  readonly env: Environment;
  /** `--search-root`: where to begin instead of `cwd`. */
  readonly searchRoot: string | undefined;
  /** `--collection`: another name than `tasks`. */
  readonly collection: string | undefined;
  /** The arguments of the line: what is named there has to load. */
  readonly argv: readonly string[];
  readonly warn: (message: string, hints: readonly string[]) => void;
}

/**
 * A tree with the tasks of the checkout around a folder in it. They win over what was there. What cannot be loaded is warned
 * of and leaves the rest as it is; where the line names it, that is the error. Without such tasks it costs a few `stat`s.
 *
 * @throws UsageError when `--collection` names nothing
 */
export async function withOwnTasks(builtIn: Namespace, search: OwnSearch): Promise<Namespace> {
  const { cwd, searchRoot, collection, warn } = search;
  const start = resolve(cwd, searchRoot ?? '.');
  if (searchRoot !== undefined && !existsSync(start))
    warn(`--search-root: there is no folder ${searchRoot}`, []);
  const name = (collection ?? 'tasks').replace(/\.(?:ts|mts|js|mjs)$/, '');
  const { place, refused } = findOwnTasks(start, name);
  for (const reason of refused) warn(`Your own tasks were left out: ${reason}`, []);
  if (place !== undefined) {
    const { joinOwnTasks } = await import('./join.ts');
    return await joinOwnTasks(builtIn, place, search);
  }
  if (collection !== undefined) throw nothingCalled(name, start);
  return builtIn;
}

function nothingCalled(name: string, start: string): UsageError {
  const python = existsSync(join(start, `${name}.py`));
  return new UsageError(
    `There is no ${name}.ts, ${name}.js, ${name}.mjs or ${name}/ with tasks at or above ${start}`,
    {
      hints: [
        ...(python ? [`${name}.py is Python: docs/your-own-tasks.md says how it is written here`] : []),
        'tasks init writes a first one',
      ],
    },
  );
}
