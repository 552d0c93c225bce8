import { TaskError } from '../util/errors.ts';
import { parseArgs } from './args.ts';
import { type CoreArgs, coreParams } from './core-flags.ts';
import type { Flag, FlagSet } from './flags.ts';
import { coreFlags } from './given-flags.ts';
import { type LineState, lineState } from './grammar.ts';
import type { TaskTree } from './tree.ts';

/** What the program may be called on the line; people who come from Invoke alias its name. */
const programNames = /^(.*\/)?(tasks|inv|invoke)$/;

/**
 * What could come next on a command line, for a shell's Tab: the line is read as far as it goes, and what the grammar would
 * take at its end is listed, sorted. `typed` is the line up to the cursor, the last word as far as it is typed; also as one
 * word, as Invoke's scripts pass it. A line that makes no sense, or a tree that cannot be had, has no candidates.
 */
export async function completions(
  typed: readonly string[],
  treeFor: (core: CoreArgs) => Promise<TaskTree>,
): Promise<string[]> {
  try {
    // A whole line in one word is taken apart at blanks; quotes in it are for a shell to read.
    const line = typed.length === 1 ? (typed[0] ?? '').trimStart().split(/\s+/) : typed;
    const words = programNames.test(line[0] ?? '') ? line.slice(1) : line;
    const current = words.at(-1) ?? '';
    let tree: TaskTree | undefined;
    const state = await lineState(words.slice(0, -1), async (given) => {
      tree = await treeFor(parseArgs(coreFlags, given, coreParams));
      return tree;
    });
    tree ??= await treeFor(parseArgs(coreFlags, state.core, coreParams));
    const found = await candidates(current, state, tree);
    return [...new Set(found)].filter((word) => word.startsWith(current)).sort();
  } catch (error) {
    if (error instanceof TaskError) return [];
    throw error;
  }
}

async function candidates(current: string, state: LineState, tree: TaskTree): Promise<string[]> {
  const { open, waiting, nextPositional } = state;
  const isFlag = current.startsWith('-');
  if (waiting !== undefined && !isFlag) return [...choicesOf(waiting)];
  if (isFlag) {
    const [head = '', ...value] = current.split('=');
    const named = open?.bySpelling.get(head) ?? coreFlags.bySpelling.get(head);
    if (value.length > 0)
      return named === undefined ? [] : choicesOf(named).map((choice) => `${head}=${choice}`);
    // The word is whole, and what comes next is up to the shell: a file, say.
    if (named?.takesValue === true) return [];
    const own = spellings(open ?? coreFlags, current);
    const isKnown = current.length < 3 || own.some((word) => word.startsWith(current));
    return isKnown ? own : spellings(coreFlags, current);
  }
  if (!state.isSense) return [];
  if (state.isPositionalMissing && nextPositional !== undefined) return [...choicesOf(nextPositional)];
  const choices = nextPositional === undefined ? [] : choicesOf(nextPositional);
  return [...choices, ...(await tree.allNames())];
}

/** Long flags (one letter is short enough with one dash); after a single dash the short ones too. */
function spellings(set: FlagSet, current: string): string[] {
  const all = [...set.bySpelling, ...set.byInverse].flatMap(([spelling, flag]) =>
    flag.param.hidden === true || /^--.$/.test(spelling) ? [] : [spelling],
  );
  return current === '-' ? all : all.filter((spelling) => spelling.startsWith('--'));
}

function choicesOf(flag: Flag): readonly string[] {
  return flag.param.type === 'string' ? (flag.param.choices ?? []) : [];
}
