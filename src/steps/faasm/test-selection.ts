import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { errnoOf, messageOf, TaskError } from '../../util/errors.ts';
import { didYouMean } from '../../util/near.ts';

/** Which tests a person wants, by one of four ways; empty is not given. */
export interface TestSelectors {
  readonly testCase: string | undefined;
  readonly testFile: string | undefined;
  readonly testDir: string | undefined;
  readonly fromFile: string | undefined;
}

interface SelectedTests {
  /** For Catch2. */
  readonly argv: readonly string[];
  /** What a person should know about it. */
  readonly warnings: readonly string[];
}

const FLAGS = {
  testCase: '--test-case',
  testFile: '--test-file',
  testDir: '--test-dir',
  fromFile: '--from-file',
} as const satisfies Record<keyof TestSelectors, string>;

const IN_ORDER = ['testCase', 'testFile', 'testDir', 'fromFile'] as const;

/**
 * The arguments that select tests in Catch2; of several ways the first of {@link IN_ORDER} counts. `root` holds tests/test.
 *
 * @throws TaskError for a list or a folder that is not there.
 */
export async function selectTests(
  selectors: TestSelectors,
  { root, cwd }: { readonly root: string; readonly cwd: string },
): Promise<SelectedTests> {
  const [way, ...unused] = IN_ORDER.filter((name) => (selectors[name] ?? '') !== '');
  if (way === undefined) return { argv: [], warnings: [] };
  const value = selectors[way] ?? '';
  const warnings = unused.map((name) => `${FLAGS[name]} has no effect beside ${FLAGS[way]}`);
  switch (way) {
    case 'testCase':
      return { argv: [value], warnings };
    case 'testFile':
      return { argv: byFiles([value]), warnings: [...warnings, ...extensionWarnings(value)] };
    case 'testDir':
      return { argv: byFiles(await filesOf(value, root)), warnings };
    case 'fromFile':
      return { argv: ['--input-file', await listFile(value, root, cwd)], warnings };
  }
}

/** Catch2 can tag each test with the name of its file, without extension. */
function byFiles(names: readonly string[]): string[] {
  return ['--filenames-as-tags', names.map((name) => `[#${name}]`).join(',')];
}

function extensionWarnings(name: string): string[] {
  const plain = name.replace(/\.(cpp|cc|cxx|c|h|hpp)$/, '');
  if (plain === name) return [];
  return [`Tags are names without extension, so this selects nothing: --test-file=${plain} does`];
}

async function filesOf(folder: string, root: string): Promise<string[]> {
  const all = join(root, 'tests', 'test');
  const path = join(all, folder);
  const names = await readdir(path).catch(async (error: unknown) => {
    const folders = await readdir(all, { withFileTypes: true }).catch(() => []);
    const near = folders.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    const why = errnoOf(error) === 'ENOENT' ? 'there is no such folder' : messageOf(error);
    throw new TaskError(`Could not take the tests of ${path}: ${why}`, {
      hints: [
        ...didYouMean(folder, near, (name) => `--test-dir=${name}`),
        ...(near.length > 0 ? [`Folders of tests: ${near.sort().join(', ')}`] : []),
      ],
      cause: error,
    });
  });
  if (names.length === 0) throw new TaskError(`There are no tests in ${path}`);
  return [...new Set(names.sort().map((name) => name.split('.')[0] ?? name))];
}

async function listFile(file: string, root: string, cwd: string): Promise<string> {
  const path = resolve(cwd, file);
  const isThere = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isThere) {
    throw new TaskError(`There is no list of tests ${file}`, {
      hints: ['A list has the name of a test in each line: tasks tests --from-file=failed.txt'],
    });
  }
  // The tests run in the checkout, where a relative path of another folder would name nothing.
  return resolve(root, file) === path ? file : path;
}
