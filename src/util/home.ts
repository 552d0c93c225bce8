import { userInfo } from 'node:os';
import { relative } from 'node:path';

/**
 * The user's home folder: `HOME`, else what the account says. A user without an entry in /etc/passwd
 * (`docker run --user`) is at home in the root folder, as in a shell.
 */
export function homeFolder(env: Readonly<Record<string, string | undefined>>): string {
  const home = env['HOME'] ?? '';
  if (home !== '') return home;
  try {
    return userInfo().homedir;
  } catch {
    return '/';
  }
}

/** A path for messages, as somebody in a folder would write it: short where the file is below or just above, whole elsewhere. */
export function displayPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short.length < path.length ? short : path;
}
