import type { Session } from '../../bench/session.ts';
import { findOnPath } from '../../faasm/binaries.ts';
import { runChild } from '../../process/child.ts';
import type { TaskContext } from '../../runner/context.ts';

/** The commit that is checked out in the current folder; null outside of a git work tree, or without git. */
export async function currentCommit({
  env,
  cwd,
  signal,
}: Pick<TaskContext, 'env' | 'cwd' | 'signal'>): Promise<Session['commit']> {
  if ((await findOnPath('git', env)) === undefined) return null;
  const git = async (...args: string[]): Promise<string | undefined> => {
    const lines: string[] = [];
    const { exitCode } = await runChild(
      { argv: ['git', '--no-optional-locks', ...args], cwd },
      { signal, env, onLine: (line) => lines.push(line) },
    );
    return exitCode === 0 ? lines.join('\n') : undefined;
  };
  const hash = await git('rev-parse', '--verify', 'HEAD');
  if (hash === undefined) return null;
  const [branch = '', changes = ''] = await Promise.all([
    git('rev-parse', '--abbrev-ref', 'HEAD'),
    git('status', '--porcelain', '--untracked-files=no'),
  ]);
  return { hash, branch, dirty: changes !== '' };
}
