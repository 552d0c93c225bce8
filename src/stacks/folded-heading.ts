/**
 * What folded text of ours says beside its stacks: a first line that every program for folded stacks takes for a stack of no
 * samples, which it does not draw:
 *
 *     # faasm-tasks/folded {"version":1,"title":"demo/echo","unit":"samples","frames":{"wasm":["main",["echo","echo.c",12]]}} 0
 *
 * `frames` has what a name alone does not tell: its kind and, where that is known, its source file and line. One name of several
 * kinds (the kernel's `read` and the C library's) stands once for each, with the names of its callers behind.
 */
import { at } from '../util/indexed.ts';
import type { SourcePlace } from '../util/source-place.ts';
import { type CallTree, type Frame, type FrameKind, frameKinds } from './call-tree.ts';
import { bySamples, type Measure } from './measure.ts';

const start = '# faasm-tasks/folded ';
const end = ' 0';

/** What the text as a whole is of. */
export interface FoldedAbout {
  readonly title?: string | undefined;
  readonly measure?: Measure | undefined;
}

/** How a name is written and read without this line. */
export interface NameRules {
  /** The name that a reader of the text has. */
  written(frame: Frame): string;
  /** The kind that a reader would take it for. */
  guessed(written: string): FrameKind;
}

/** The line, newline included; empty where it would say nothing. */
export function foldedHeading(tree: CallTree, rules: NameRules, about: FoldedAbout): string {
  const frames = unguessed(tree, rules);
  const { title, measure = bySamples } = about;
  if (Object.keys(frames).length === 0 && measure === bySamples) return '';
  const { unit } = measure;
  const text = JSON.stringify({ version: 1, title, unit, frames });
  // A semicolon would end a frame for other programs.
  return `${start}${text.replaceAll(';', '\\u003b')}${end}\n`;
}

type Row = string | [name: string, file: string | 0, line: number, callers?: readonly string[]];

function unguessed(tree: CallTree, { written, guessed }: NameRules): Partial<Record<FrameKind, Row[]>> {
  const byName = new Map<string, number[]>();
  tree.frames.forEach((frame, id) => {
    if (frame.kind === 'root') return;
    const name = written(frame);
    const known = byName.get(name);
    if (known === undefined) byName.set(name, [id]);
    else known.push(id);
  });
  const rows: Partial<Record<FrameKind, Row[]>> = {};
  const callers = callersOf(tree, new Set([...byName.values()].filter((ids) => ids.length > 1).flat()));
  for (const [name, ids] of byName) {
    for (const id of ids) {
      const frame = at(tree.frames, id);
      const { kind, place } = frame;
      const isGuessed = kind === guessed(name) && name === frame.name && !name.endsWith('_[i]');
      if (ids.length === 1 && place === undefined && isGuessed) continue;
      const above = [...(callers.get(id) ?? [])].map((caller) => written(at(tree.frames, caller)));
      const isSimple = ids.length === 1 && place === undefined;
      const row: Row = isSimple ? name : [name, place?.file ?? 0, place?.line ?? 0];
      if (ids.length > 1 && typeof row !== 'string') row.push(above);
      const ofKind = rows[kind] ?? [];
      ofKind.push(row);
      rows[kind] = ofKind;
    }
  }
  return rows;
}

function callersOf(tree: CallTree, wanted: ReadonlySet<number>): Map<number, Set<number>> {
  const callers = new Map<number, Set<number>>();
  if (wanted.size === 0) return callers;
  for (let node = 1; node < tree.size; node += 1) {
    const frame = at(tree.frame, node);
    const parent = at(tree.parent, node);
    if (!wanted.has(frame) || parent === 0) continue;
    const known = callers.get(frame) ?? new Set();
    callers.set(frame, known.add(at(tree.frame, parent)));
  }
  return callers;
}

interface KnownFrame {
  readonly kind: FrameKind;
  readonly place?: SourcePlace;
  readonly callers: ReadonlySet<string>;
}

/** What the headings of a text say; files that were put together have several. */
export class FoldedHeadings {
  title: string | undefined;
  unit: string | undefined;
  readonly #frames = new Map<string, KnownFrame[]>();

  /** Takes a line in; false where it is no heading. */
  read(line: string): boolean {
    if (!line.startsWith(start) || !line.endsWith(end)) return false;
    const value = parsed(line.slice(start.length, -end.length));
    if (value === undefined) return false;
    this.title ??= typeof value['title'] === 'string' ? value['title'] : undefined;
    this.unit ??= typeof value['unit'] === 'string' ? value['unit'] : undefined;
    const frames = objectOf(value['frames']) ?? {};
    for (const kind of frameKinds) {
      const rows: unknown = frames[kind];
      for (const row of Array.isArray(rows) ? rows : []) this.#add(kind, row);
    }
    return true;
  }

  /** What is said of a name below its caller. */
  of(name: string, caller: string): Pick<KnownFrame, 'kind' | 'place'> | undefined {
    const known = this.#frames.get(name);
    if (known === undefined || known.length < 2) return known?.[0];
    return known.find(({ callers }) => callers.has(caller)) ?? known[0];
  }

  #add(kind: FrameKind, row: unknown): void {
    const [name, file, line, callers]: unknown[] = Array.isArray(row) ? row : [row];
    if (typeof name !== 'string') return;
    const frame: KnownFrame = {
      kind,
      callers: new Set(Array.isArray(callers) ? callers.map(String) : []),
      ...(typeof file === 'string' && typeof line === 'number' ? { place: { file, line } } : {}),
    };
    const all = this.#frames.get(name) ?? [];
    this.#frames.set(name, [...all, frame]);
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? { ...value } : undefined;
}
