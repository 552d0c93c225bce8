import { relative } from 'node:path';

/** A path for messages, as somebody in a folder would write it: short where the file is below or just above, whole elsewhere. */
export function displayPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short.length < path.length ? short : path;
}
