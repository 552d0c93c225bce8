import { TaskError } from '../util/errors.ts';
import type { CallTree, FrameKind } from './call-tree.ts';
import { CallTreeBuilder } from './call-tree-builder.ts';
import { foldedBytes } from './folded-bytes.ts';
import { type FoldedAbout, FoldedHeadings, foldedHeading } from './folded-heading.ts';
import { frameKindOf } from './frame-kind.ts';
import { bySamples, type Measure } from './measure.ts';

/**
 * Folded stacks, the text between every stackcollapse script and every flame graph program: one line a stack,
 *
 *     root;caller;callee COUNT
 *
 * without a specification and without any escape. Ours: a `;`, a line break, or a space that would make a name's end
 * look like a count is written as `\x3b`, `\x0a`, `\x0d`, `\x20`; a backslash only where it would be taken for one
 * of these, as `\x5c`. Everything else in a name stays as it is. Other programs show these escapes; we read them back.
 * Traps: a name may hold spaces, so the count is what follows the last one; counts may be decimal fractions; two counts
 * make a differential file (difffolded.pl).
 */

/**
 * The text of a tree, in pieces of whole lines: what {@link readFolded} cannot tell from names, then one line for each stack with
 * samples, sorted bytewise; the count is its samples, or the sum of their periods.
 */
export function* foldedLines(
  tree: CallTree,
  count: 'samples' | 'weight' = 'samples',
  about: FoldedAbout = {},
): Generator<string> {
  const heading = foldedHeading(
    tree,
    { written: ({ name, kind }) => name + markOf(name, kind), guessed: (name) => kindOfName(name, 'native') },
    about,
  );
  if (heading !== '') yield heading;
  const names = tree.frames.map(({ name, kind }) =>
    Buffer.from(escapeName(name) + markOf(name, kind), 'utf8').toString('latin1'),
  );
  const counts = count === 'samples' ? tree.selfSamples : tree.selfWeight;
  for (const lines of foldedBytes(tree, names, counts)) yield Buffer.from(lines).toString('utf8');
}

function markOf(name: string, kind: FrameKind): string {
  return kind === 'blocked' && !offCpuLeaf.test(name) ? blockedMark : '';
}

/** A tree, and what the text says of it. */
export interface FoldedProfile {
  readonly tree: CallTree;
  readonly title: string | undefined;
  readonly measure: Measure;
}

/**
 * Reads folded stacks of any size. A line's first frame is taken for the process; kinds are read from the standard suffixes
 * (`_[k]`, `_[j]`, `_[i]`, ours for time off the processor `_[o]`, `[unknown]`, `[libc.so.6]`). Samples and weight both are the count.
 *
 * @param ignored is told how many lines were no stacks, if there were any.
 * @throws TaskError when no line is a folded stack, or when the file is a differential one.
 */
export async function readFolded(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  name = 'the input',
  ignored: (lines: number) => void = () => {},
): Promise<FoldedProfile> {
  const reader = new FoldedReader(name);
  let carry = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const data = carry.length === 0 ? Buffer.from(chunk) : Buffer.concat([carry, chunk]);
    const end = data.lastIndexOf(0x0a) + 1;
    if (data.length - end > longestLine) reader.refuse();
    for (const line of data.toString('utf8', 0, end).split('\n')) reader.line(line);
    carry = data.subarray(end);
  }
  reader.line(carry.toString('utf8'));
  const profile = reader.end();
  if (reader.ignored > 0) ignored(reader.ignored);
  return profile;
}

// Far beyond any stack; what is longer is another kind of file.
const longestLine = 1 << 24;

class FoldedReader {
  readonly #name: string;
  readonly #builder = new CallTreeBuilder();
  readonly #headings = new FoldedHeadings();
  #stacks = 0;
  #lines = 0;

  constructor(name: string) {
    this.#name = name;
  }

  line(line: string): void {
    if (line === '' || line === '\r' || (line.startsWith('#') && this.#headings.read(line.trimEnd()))) return;
    this.#lines += 1;
    const counted = splitCount(line.endsWith('\r') ? line.slice(0, -1) : line);
    if (counted === undefined) return;
    this.#stacks += 1;
    if (this.#stacks === 1 && splitCount(counted.stack) !== undefined) {
      throw new TaskError(
        `Could not read ${this.#name}: its lines have two counts, which makes it a differential file`,
        {
          hints: ['Give one of the two files that it was made from.'],
        },
      );
    }
    this.#add(counted.stack.split(';').map(unescapeName), counted.count);
  }

  get ignored(): number {
    return this.#lines - this.#stacks;
  }

  end(): FoldedProfile {
    if (this.#stacks === 0 && this.#lines > 0) this.refuse();
    const { title, unit = bySamples.unit } = this.#headings;
    const measure: Measure =
      unit === bySamples.unit ? bySamples : { metric: 'weight', unit, foldedBy: 'weight' };
    return { tree: this.#builder.build(), title, measure };
  }

  refuse(): never {
    throw new TaskError(
      `Could not read ${this.#name}: it holds no folded stacks (\`main;caller;callee 12\`)`,
      {
        hints: ['Make them from a recording with: tasks flame.fold FILE'],
      },
    );
  }

  #add(names: readonly string[], count: number): void {
    let node = CallTreeBuilder.root;
    let kind: FrameKind = 'root';
    names.forEach((name, depth) => {
      const known = depth === 0 ? undefined : this.#headings.of(name, names[depth - 1] ?? '');
      kind = depth === 0 ? 'root' : (known?.kind ?? kindOfName(name, kind));
      const isMarked = known?.kind === 'blocked' && name.endsWith(blockedMark);
      const plain = isMarked ? name.slice(0, -blockedMark.length) : name;
      node = this.#builder.child(node, this.#builder.frame(plain, kind, known?.place));
    });
    this.#builder.add(node, count, count);
  }
}

function splitCount(line: string): { readonly stack: string; readonly count: number } | undefined {
  const space = line.lastIndexOf(' ');
  const count = line.slice(space + 1);
  if (space < 0 || !/^\d+(\.\d*)?$/.test(count)) return undefined;
  return { stack: line.slice(0, space), count: Number(count) };
}

const blockedMark = '_[o]';
/** The frames that end a stack whose thread did not run. */
const offCpuLeaf = /^\[(off-CPU|waiting for a CPU)\]$/;

function kindOfName(name: string, caller: FrameKind): FrameKind {
  if (name.endsWith(blockedMark) || offCpuLeaf.test(name)) return 'blocked';
  if (name.endsWith('_[k]')) return 'kernel';
  if (name.endsWith('_[j]')) return 'engine';
  if (name.endsWith('_[i]') && caller !== 'root') return caller;
  if (name === 'unknown' || /^\[unknown\b/.test(name)) return 'unknown';
  // `[dso]`, or `[dso <address>]`: an unresolved frame of that file.
  const dso = /^\[(.+?)(?: <\w+>)?\](?:_\[\w\])?$/.exec(name)?.[1];
  return dso === undefined ? 'native' : frameKindOf(dso);
}

function escapeName(name: string): string {
  return name
    .replace(/\\(?=x(?:3b|0a|0d|20|5c))/g, '\\x5c')
    .replace(/[;\n\r]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .replace(/ (?=\d+(?:\.\d*)?$)/, '\\x20');
}

function unescapeName(name: string): string {
  if (!name.includes('\\x')) return name;
  return name.replace(/\\x(3b|0a|0d|20|5c)/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
