import { currentScope } from './scope.ts';

/**
 * The files that patterns name, relative to the folder of the enclosing block, sorted: what a shell would have put in.
 * `**` goes through folders, `!` in front takes out. No file is an empty list.
 */
export async function glob(patterns: string | readonly string[]): Promise<readonly string[]> {
  const { glob: find } = await import('zx');
  const { cwd } = currentScope();
  const found = await find(typeof patterns === 'string' ? [patterns] : [...patterns], { cwd });
  return found.sort();
}
