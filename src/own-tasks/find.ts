import { readdirSync, readFileSync, type Stats, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Where a checkout keeps its own tasks: one module, or a folder with one module a namespace. */
export type OwnPlace =
  | { readonly kind: 'module'; readonly path: string }
  | { readonly kind: 'folder'; readonly path: string; readonly modules: Readonly<Record<string, string>> };

export interface FoundPlace {
  readonly place: OwnPlace | undefined;
  /** What was there and was not taken, with the reason. */
  readonly refused: readonly string[];
}

/** What a module of tasks may be called, first choice first. */
const EXTENSIONS = ['ts', 'mts', 'js', 'mjs'] as const;
const MODULE_NAME = /^(?<name>[\w-]+)\.(?:ts|mts|js|mjs)$/;
const ANYBODY_WRITES = 0o002;

/**
 * Looks for `NAME.ts` (`.mts`, `.js`, `.mjs`) or a folder `NAME/` in a folder and those above it, nearest first: five `stat`
 * calls a folder where there is none. A folder without modules (Python's `tasks/`) does not count, nor does the folder of
 * this package itself.
 *
 * @param name without extension: what `--collection` gives, or `tasks`
 */
export function findOwnTasks(start: string, name: string): FoundPlace {
  const refused: string[] = [];
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    const place = placeIn(folder, name);
    if (place !== undefined && !isThisPackage(folder)) {
      const reason = whyNot(folder, place.path);
      if (reason === undefined) return { place, refused };
      refused.push(reason);
    }
    if (dirname(folder) === folder) return { place: undefined, refused };
  }
}

/** What a folder itself holds. */
export function placeIn(folder: string, name: string): OwnPlace | undefined {
  for (const extension of EXTENSIONS) {
    const path = join(folder, `${name}.${extension}`);
    if (statOf(path)?.isFile() === true) return { kind: 'module', path };
  }
  const path = join(folder, name);
  return statOf(path)?.isDirectory() === true ? folderPlace(path) : undefined;
}

function folderPlace(path: string): OwnPlace | undefined {
  const modules: Record<string, string> = {};
  for (const file of namesIn(path).sort()) {
    const name = MODULE_NAME.exec(file)?.groups?.['name'];
    // Declarations, tests and configuration beside the tasks have a second dot and do not match.
    if (name !== undefined && !name.startsWith('_')) modules[name] ??= join(path, file);
  }
  const index = modules['index'];
  if (index !== undefined) return { kind: 'module', path: index };
  return Object.keys(modules).length === 0 ? undefined : { kind: 'folder', path, modules };
}

function isThisPackage(folder: string): boolean {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return (
      typeof manifest === 'object' &&
      manifest !== null &&
      'name' in manifest &&
      manifest.name === 'faasm-tasks'
    );
  } catch {
    return false;
  }
}

/** Code that another user put into /tmp must not run because somebody works below it. */
function whyNot(folder: string, path: string): string | undefined {
  const [above, found] = [statOf(folder), statOf(path)];
  const me = process.getuid?.();
  const isStrange = found !== undefined && found.uid !== me && found.uid !== 0;
  return isStrange && ((above?.mode ?? 0) & ANYBODY_WRITES) !== 0
    ? `${path} belongs to somebody else, in a folder that everybody may write to`
    : undefined;
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
