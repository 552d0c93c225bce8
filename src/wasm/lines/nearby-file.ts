import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errnoOf, TaskError } from '../../util/errors.ts';
import { readRegularFile } from '../../util/regular-file.ts';

const MOST_BYTES = 2 ** 30;

/** What a module's section refers to. */
export interface NearbyFile {
  readonly bytes: Uint8Array;
  /** What messages call it. */
  readonly label: string;
}

/**
 * Reads what a URL in a module means: `data:`, `file:`, or a path from the module's folder. Nothing is fetched.
 *
 * @throws TaskError for what is not there, is no plain file, or is on the network
 */
export function readNearby(modulePath: string, url: string): NearbyFile {
  if (url.startsWith('data:')) return { bytes: dataOf(url), label: `the data in ${modulePath}` };
  const path = pathOf(modulePath, url);
  try {
    const { size } = statFile(path);
    if (size > MOST_BYTES) throw new TaskError(`${path} is too big to hold source lines`);
    return { bytes: readRegularFile(path), label: path };
  } catch (error) {
    if (error instanceof TaskError) throw error;
    const why =
      errnoOf(error) === 'ENOENT' ? 'it is not there' : `it cannot be read (${errnoOf(error) ?? 'error'})`;
    throw new TaskError(`The source lines of ${modulePath} are in ${path}: ${why}`);
  }
}

function statFile(path: string) {
  const stats = statSync(path);
  if (!stats.isFile()) throw new TaskError(`The source lines cannot be read from ${path}: it is no file`);
  return stats;
}

function pathOf(modulePath: string, url: string): string {
  if (/^[a-z][a-z0-9+.-]+:/i.test(url) && !url.startsWith('file:')) {
    throw new TaskError(`The source lines of ${modulePath} are at ${url}, which is not fetched`, {
      hints: [
        'Put that file beside the module and name it there without the address (emcc --source-map-base).',
      ],
    });
  }
  try {
    return url.startsWith('file:') ? fileURLToPath(url) : resolve(dirname(modulePath), decodeURI(url));
  } catch {
    return resolve(dirname(modulePath), url);
  }
}

function dataOf(url: string): Uint8Array {
  const comma = url.indexOf(',');
  const data = url.slice(comma + 1);
  if (comma >= 0 && /;base64$/i.test(url.slice(0, comma))) return Buffer.from(data, 'base64');
  try {
    return Buffer.from(decodeURIComponent(data));
  } catch {
    return Buffer.from(data);
  }
}
