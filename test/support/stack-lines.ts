import type { CallTree } from '../../src/stacks/call-tree.ts';
import { foldedLines } from '../../src/stacks/folded.ts';

/** A tree as folded text, without the heading that says what names do not. */
export function stackLines(tree: CallTree, count?: 'samples' | 'weight'): string {
  return [...foldedLines(tree, count)]
    .join('')
    .split(/(?<=\n)/)
    .filter((line) => !line.startsWith('# faasm-tasks/folded '))
    .join('');
}
