import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory, type Environment, packageRoot } from '../faasm/directories.ts';
import { messageOf, TaskError } from '../util/errors.ts';
import { displayPath } from '../util/home.ts';

export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** The innermost place in somebody's own file that an error's stack names. */
export function firstPlace(error: unknown): Place | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  for (const [, file = '', line] of stack.matchAll(/(?:\(|at |file:\/\/)(\/[^():\n]+):(\d+):\d+/g)) {
    if (!file.includes('/node_modules/') && !file.startsWith(packageRoot()))
      return { file, line: Number(line) };
  }
  return undefined;
}

/** What a module exports, by name. */
export type ModuleExports = Readonly<Record<string, unknown>>;

/**
 * Loads a module of tasks, TypeScript or JavaScript, without a build step and whatever package.json around it says.
 * `faasm-tasks` is the program that loads it, so a checkout needs no node_modules.
 *
 * @param api what `import … from 'faasm-tasks'` gives
 * @throws TaskError with file and line of a syntax error, a missing module, or of what was thrown
 */
export async function loadModule(
  path: string,
  api: object,
  { cwd, env }: { readonly cwd: string; readonly env: Environment },
): Promise<ModuleExports> {
  const { createJiti } = await import('jiti');
  const jiti = createJiti(path, {
    virtualModules: { 'faasm-tasks': api },
    fsCache: join(cacheDirectory(env), 'own-tasks'),
    interopDefault: false,
  });
  try {
    return await jiti.import<ModuleExports>(path);
  } catch (error) {
    const { file, line, message } = explained(error, path);
    const displayName = displayPath(file, cwd);
    throw new TaskError(`Could not load your own tasks: ${displayName}:${line}: ${message}`, {
      hints: error instanceof TaskError ? error.hints : [],
      cause: error,
    });
  }
}

/** What an error says and where: the parser's own position, the line that imports what is missing, else the stack's. */
function explained(error: unknown, path: string): Place & { readonly message: string } {
  const text = messageOf(error);
  const parsed = /^(?:ParseError: )?(?<message>[\s\S]*?)\s*\n\s*(?<file>\/.*?):(?<line>\d+):\d+/.exec(
    text,
  )?.groups;
  if (parsed !== undefined) {
    const message = (parsed['message'] ?? '').trim();
    return { file: parsed['file'] ?? path, line: Number(parsed['line']), message };
  }
  const place = firstPlace(error) ?? { file: path, line: 1 };
  const missing = /Cannot find (?:module|package) '(?<name>[^']+)'/.exec(text)?.groups?.['name'];
  if (missing === undefined) return { ...place, message: text.split('\n')[0] ?? '' };
  const [, importer = path] = /(?:imported from|Require stack:\n-) (\/\S+)/.exec(text) ?? [];
  return {
    file: importer,
    line: lineOf(importer, missing),
    message: `cannot find ${JSON.stringify(missing)}`,
  };
}

function lineOf(path: string, word: string): number {
  try {
    const lines = readFileSync(path, 'utf8').split('\n');
    return (
      Math.max(
        0,
        lines.findIndex((line) => line.includes(word)),
      ) + 1
    );
  } catch {
    return 1;
  }
}
