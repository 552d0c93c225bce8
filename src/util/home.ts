import { userInfo } from 'node:os';

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
