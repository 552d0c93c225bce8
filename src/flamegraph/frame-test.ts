import type { Frame } from '../stacks/call-tree.ts';
import { kindNumber } from './frame-kinds.ts';
import { matchingNames } from './search.ts';

/**
 * The frames that a search term means, by the rules of the page's search: a kind's word alone is all frames of that
 * kind, anything else a regular expression over whole names. @throws SyntaxError for a broken one.
 */
export function frameTest(term: string): (frame: Frame) => boolean {
  // A broken expression is one now, not at the first frame.
  matchingNames(term, false, [], []);
  return ({ name, kind }) => matchingNames(term, false, [name], [kindNumber(kind)])[0] === 1;
}
