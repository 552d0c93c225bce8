import type { Flag, FlagSet } from './flags.ts';
import { coreFlags, type LineState, lineState } from './grammar.ts';
import type { TaskTree } from './tree.ts';

/**
 * What could come next on a command line, for a shell's Tab: the line is read as far as it goes, and what the grammar would
 * take at its end is listed, sorted. `words` are those before the cursor without the program's name, the last one as far
 * as it is typed.
 */
export async function completions(words: readonly string[], tree: TaskTree): Promise<string[]> {
  const current = words.at(-1) ?? '';
  const state = await lineState(words.slice(0, -1), tree);
  if (state === undefined) return [];
  return (await candidates(current, state, tree)).filter((word) => word.startsWith(current)).sort();
}

async function candidates(current: string, state: LineState, tree: TaskTree): Promise<string[]> {
  const { open, waiting, nextPositional } = state;
  if (waiting !== undefined) return [...choicesOf(waiting)];
  if (current.startsWith('-')) {
    const [head = '', ...value] = current.split('=');
    const named = open?.bySpelling.get(head) ?? coreFlags.bySpelling.get(head);
    if (value.length > 0)
      return named === undefined ? [] : choicesOf(named).map((choice) => `${head}=${choice}`);
    return [...new Set([...spellings(open), ...spellings(coreFlags)])];
  }
  if (nextPositional !== undefined) return [...choicesOf(nextPositional)];
  return await tree.allNames();
}

function spellings(set: FlagSet | undefined): string[] {
  return (set?.flags ?? []).flatMap((flag) => (flag.param.hidden === true ? [] : [`--${flag.name}`]));
}

function choicesOf(flag: Flag): readonly string[] {
  return flag.param.type === 'string' ? (flag.param.choices ?? []) : [];
}
