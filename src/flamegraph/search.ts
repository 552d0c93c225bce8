import type { Frame } from '../stacks/call-tree.ts';
import { at } from '../util/indexed.ts';
import { frameKinds, kindNumber } from './frame-kinds.ts';
import type { Boxes, BoxTree } from './page-data.ts';

/** What a search found: which names, and what they cover. */
export interface Found {
  /** 1 for each name that matches. */
  readonly names: Uint8Array;
  /** Covered by matching boxes, each sample once however many of its frames match. */
  readonly value: number;
  /** Of these, the samples that ended in a matching box. */
  readonly self: number;
}

export interface Searched {
  readonly boxes: Boxes;
  readonly tree: BoxTree;
  readonly names: readonly string[];
  readonly kinds: readonly number[];
}

/**
 * The names that a search term means. A kind's word alone (`wasm`, `kernel`, also `kind:wasm`) means all frames of that
 * kind, whatever their names; anything else is a regular expression. Throws SyntaxError on a broken one.
 */
export function matchingNames(
  term: string,
  ignoreCase: boolean,
  names: readonly string[],
  kinds: readonly number[],
): Uint8Array {
  const word = ignoreCase ? term.toLowerCase() : term;
  // Bare `root` is more likely a name.
  const kind = frameKinds.findIndex(
    (known) => `kind:${known}` === word || (known === word && known !== 'root'),
  );
  if (kind >= 0) return Uint8Array.from(kinds, (number) => (number === kind ? 1 : 0));
  const pattern = new RegExp(term, ignoreCase ? 'i' : '');
  return Uint8Array.from(names, (name) => (pattern.test(name) ? 1 : 0));
}

/** Adds up what matches within box `within` (0: everything). */
export function find(searched: Searched, names: Uint8Array, within: number): Found {
  const { boxes, tree } = searched;
  const last = at(tree.end, within);
  let value = 0;
  let self = 0;
  let coveredUntil = 0;
  for (let box = within; box < last; box += 1) {
    if (names[at(boxes.name, box)] !== 1) continue;
    self += at(boxes.self, box);
    if (box < coveredUntil) continue;
    value += at(boxes.value, box);
    coveredUntil = at(tree.end, box);
  }
  return { names, value, self };
}

/** A broken regular expression said for people, without the engine's repetition of the pattern. */
export function patternProblem(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const reason = message.replace(/^Invalid regular expression: \/.*\/[a-z]*: /s, '');
  return `Not a regular expression: ${reason}`;
}
/**
 * The frames that a search term means, by the rules of the page's search: a kind's word alone is all frames of that
 * kind, anything else a regular expression over whole names. @throws SyntaxError for a broken one.
 */
export function frameTest(term: string): (frame: Frame) => boolean {
  // A broken expression is one now, not at the first frame.
  matchingNames(term, false, [], []);
  return ({ name, kind }) => matchingNames(term, false, [name], [kindNumber(kind)])[0] === 1;
}
