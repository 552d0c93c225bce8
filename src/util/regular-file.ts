import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs';

/**
 * Opens a file that is read beside the one that somebody named: a dump, a module, a map of symbols. Opening a pipe would wait
 * for its writer and opening some devices does something, so that nothing but a regular file is opened. The caller closes it.
 *
 * @throws what opening throws; for what is no regular file an error with the code EINVAL
 */
export function openRegularFile(path: string | Buffer): { readonly fd: number; readonly stats: Stats } {
  if (!statSync(path).isFile()) throw notRegular();
  // It may have been replaced since then.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const stats = fstatSync(fd);
  if (stats.isFile()) return { fd, stats };
  closeSync(fd);
  throw notRegular();
}

/** Everything in a regular file. @throws as {@link openRegularFile}, and for more than fits in memory */
export function readRegularFile(path: string | Buffer): Buffer<ArrayBuffer> {
  const { fd } = openRegularFile(path);
  try {
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Whether there is a regular file; false for what cannot be looked at, or is no path at all. */
export function isRegularFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function notRegular(): Error {
  return Object.assign(new Error('it is not a regular file'), { code: 'EINVAL' });
}
