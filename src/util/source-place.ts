import { posix } from 'node:path';

/** A line of a source file. */
export interface SourcePlace {
  /** The file's path as the compiler wrote it down, which may be of another machine. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1; absent where it is not known. */
  readonly column?: number;
}

/** A place as people read it: `echo.c:42`. */
export function placeText({ file, line }: Pick<SourcePlace, 'file' | 'line'>): string {
  return `${file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1)}:${line}`;
}

/** A file's path in a folder, unless it is a whole path by itself. */
export function pathIn(folder: string, path: string): string {
  const isWhole = path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path);
  return isWhole || folder === '' ? path : posix.join(folder, path);
}

/** Whether two places are the same line; so are two that are not known. */
export function isSamePlace(a: SourcePlace | undefined, b: SourcePlace | undefined): boolean {
  return a?.file === b?.file && a?.line === b?.line;
}
