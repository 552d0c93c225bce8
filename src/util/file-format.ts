import { basename } from 'node:path';
import { UsageError } from './errors.ts';
import { at } from './indexed.ts';
import { didYouMean } from './near.ts';

/** A format that a file can be written in. */
export interface FileFormat {
  /** What `--format` calls it. */
  readonly id: string;
  /** Endings of its files' names, in lower case with their dot. The first is that of a name that nobody chose. */
  readonly endings: readonly [string, ...string[]];
}

const compressedEnding = /\.(gz|bz2|xz|zst|zip)$/;

/** Whether a name stands for a stream or device, whose ending means nothing. */
export function isStreamName(name: string): boolean {
  return name === '-' || name.startsWith('/dev/');
}

/**
 * The format of an output. The longest known ending of its name tells, and of several formats with that ending the first; `asked`
 * (`--format`) chooses among them, and alone decides where the name tells nothing. Without either it is the first format there is.
 *
 * @throws UsageError for a name that tells no format, or another one than was asked for
 */
export function chooseFormat<F extends FileFormat>(
  formats: readonly F[],
  name: string | undefined,
  asked: string | undefined,
): F {
  const wanted = formats.find(({ id }) => id === asked);
  if (name === undefined || isStreamName(name)) return wanted ?? at(formats, 0);
  const endings = formats.flatMap((format) => format.endings);
  const known = endings.filter((ending) => basename(name).toLowerCase().endsWith(ending));
  const [longest] = known.sort((a, b) => b.length - a.length);
  const told = formats.filter((format) => format.endings.some((ending) => ending === longest));
  if (wanted !== undefined) {
    if (told.includes(wanted) || (told.length === 0 && !cannotCompress(wanted, name))) return wanted;
    throw contradiction(name, wanted, told);
  }
  const [first] = told;
  if (first !== undefined) return first;
  const extension = /\.[^.]*$/.exec(basename(name))?.[0] ?? '';
  throw new UsageError(`The name ${JSON.stringify(name)} does not tell what to write`, {
    hints: [
      ...didYouMean(extension, endings),
      `Known endings: ${[...new Set(endings)].join(' ')}`,
      'or say it: --format=ID',
    ],
  });
}

/** Whether the name promises a compression that the format does not have. */
function cannotCompress({ endings }: FileFormat, name: string): boolean {
  const [compression] = compressedEnding.exec(name.toLowerCase()) ?? [];
  return compression !== undefined && !endings.some((ending) => ending.endsWith(compression));
}

function contradiction(name: string, wanted: FileFormat, told: readonly FileFormat[]): UsageError {
  const quoted = JSON.stringify(name);
  const [other] = told;
  const says =
    other === undefined ? `${quoted}: it would not be compressed` : `${quoted}, a name for ${other.id}`;
  return new UsageError(`--format=${wanted.id} does not fit the file ${says}`, {
    hints: [
      ...(other === undefined ? [] : [`To write ${other.id}, leave out --format.`]),
      `Endings for ${wanted.id}: ${wanted.endings.join(' ')}`,
    ],
  });
}
