import { TaskError } from '../util/errors.ts';
import { parseArgs } from './args.ts';
import { firstSentence } from './columns.ts';
import { type CoreArgs, coreParams } from './core-flags.ts';
import { coreFlags, type Flag, type FlagSet, isOptional, lookUp } from './flags.ts';
import { type LineState, lineState } from './grammar.ts';
import type { TaskTree } from './tree.ts';

/** A word that could come next, and what it means in a few words. */
export interface Candidate {
  readonly value: string;
  readonly help?: string | undefined;
  /** True for the path of a file or folder. */
  readonly isPath?: boolean;
}

/** What a source of values is asked for. */
export interface ValueRequest {
  /** What the open task was given so far, by parameter name. */
  readonly given: Readonly<Record<string, string>>;
  /** The value as far as it is typed. */
  readonly typed: string;
}

/** Values of one kind that exist at the moment: users, build targets, files … An unknown name has none. */
export type ValueSource = (name: string, request: ValueRequest) => Promise<readonly Candidate[]>;

/** What could come next on a line. */
export interface Completion {
  /** Whole words, `--flag=value` too; each starts with what is typed; sorted. */
  readonly candidates: readonly Candidate[];
  /** What is typed of a flag in front of its value: `--format=`, else nothing. */
  readonly head: string;
  /** Whether files or folders would do as well. */
  readonly paths: 'none' | 'files' | 'folders';
}

const nothing: Completion = { candidates: [], head: '', paths: 'none' };

/**
 * What could come next on a command line, for a shell's Tab: the line is read as far as it goes, and what the grammar would
 * take at its end is listed. `words` are those before the cursor without the program's name, the last one as far as it
 * is typed. A line that makes no sense, or a tree that cannot be had, has no next word.
 */
export async function completions(
  words: readonly string[],
  treeFor: (core: CoreArgs) => Promise<TaskTree>,
  source: ValueSource = async () => [],
): Promise<Completion> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  if (before.includes('--')) return { ...nothing, paths: 'files' };
  try {
    let tree: TaskTree | undefined;
    const state = await lineState(before, async (given) => {
      tree = await treeFor(parseArgs(coreFlags, given, coreParams));
      return tree;
    });
    tree ??= await treeFor(parseArgs(coreFlags, state.core, coreParams));
    const found = await next(current, state, { tree, source });
    const fitting = found.candidates.filter(({ value }) => value.startsWith(current));
    const unique = new Map(fitting.map((candidate) => [candidate.value, candidate]));
    return { ...found, candidates: [...unique.values()].sort((a, b) => (a.value < b.value ? -1 : 1)) };
  } catch (error) {
    if (error instanceof TaskError) return nothing;
    throw error;
  }
}

interface Known {
  readonly tree: TaskTree;
  readonly source: ValueSource;
}

async function next(current: string, state: LineState, known: Known): Promise<Completion> {
  const { open, waiting, nextPositional } = state;
  if (current.startsWith('-')) return await flagOrValue(current, state, known);
  if (waiting !== undefined) {
    const found = await valuesOf(waiting, current, state, known);
    // Without the value that it may have, a flag is followed by whatever comes next.
    if (!isOptional(waiting) || open === undefined) return found;
    return both(found, { ...nothing, candidates: await taskNames(known.tree) });
  }
  if (!state.isSense) return nothing;
  if (nextPositional === undefined) return { ...nothing, candidates: await taskNames(known.tree) };
  const found = await valuesOf(nextPositional, current, state, known);
  if (state.isPositionalMissing) return found;
  // It may be left out, but whoever begins one of its values, or nothing yet, hardly means a task.
  const hasValues = found.candidates.length > 0 || nextPositional.param.values !== undefined;
  const isBegun = current === '' || found.candidates.some(({ value }) => value.startsWith(current));
  if (hasValues && isBegun) return found;
  return both(found, { ...nothing, candidates: await taskNames(known.tree) });
}

async function flagOrValue(current: string, state: LineState, known: Known): Promise<Completion> {
  const at = current.indexOf('=');
  if (at === -1) return flagNames(current, state);
  const head = current.slice(0, at);
  const flag = (state.open && lookUp(state.open, head)) ?? lookUp(coreFlags, head);
  if (flag === undefined || !flag.takesValue) return nothing;
  const found = await valuesOf(flag, current.slice(at + 1), state, known);
  const candidates = found.candidates.map((one) => ({ ...one, value: `${head}=${one.value}` }));
  return { ...found, candidates, head: `${head}=` };
}

/** The open task's flags; the program's own where no task is open, or where none of the task's begins so. */
function flagNames(current: string, { open }: LineState): Completion {
  const named = (open && lookUp(open, current)) ?? lookUp(coreFlags, current);
  // The word is whole, and what comes next is its value.
  if (named?.takesValue === true) return nothing;
  const isShortToo = current === '-';
  const own = spellings(open ?? coreFlags, isShortToo);
  const isKnown = current.length < 3 || own.some(({ value }) => value.startsWith(current));
  return { ...nothing, candidates: isKnown ? own : spellings(coreFlags, isShortToo) };
}

function both(a: Completion, b: Completion): Completion {
  return { ...a, candidates: [...a.candidates, ...b.candidates] };
}

async function taskNames(tree: TaskTree): Promise<Candidate[]> {
  return (await tree.list()).flatMap(({ fullName, otherNames, task }) =>
    [fullName, ...otherNames].map((value) => ({ value, help: firstSentence(task.doc) })),
  );
}

async function namespaceNames(tree: TaskTree): Promise<Candidate[]> {
  return (await tree.namespaceNames()).map((value) => ({ value }));
}

async function valuesOf(flag: Flag, typed: string, state: LineState, known: Known): Promise<Completion> {
  const { param } = flag;
  if (param.type === 'string' && param.choices !== undefined)
    return { ...nothing, candidates: param.choices.map((value) => ({ value })) };
  const names = typeof param.values === 'string' ? [param.values] : (param.values ?? []);
  const paths = names.includes('files') ? 'files' : names.includes('folders') ? 'folders' : 'none';
  const found = await Promise.all(
    names.map(async (name) => {
      if (name === 'files' || name === 'folders') return [];
      if (name === 'tasks') return await taskNames(known.tree);
      if (name === 'namespaces') return await namespaceNames(known.tree);
      return await known.source(name, { given: state.given, typed });
    }),
  );
  return { ...nothing, candidates: found.flat(), paths };
}

/** Long flags (one letter is short enough with one dash); after a single dash the short ones too. */
function spellings(set: FlagSet, isShortToo: boolean): Candidate[] {
  return [...set.bySpelling, ...set.byInverse].flatMap(([value, { param }]) => {
    const isDisplayed =
      param.hidden !== true && !/^--.$/.test(value) && (isShortToo || value.startsWith('--'));
    return isDisplayed ? [{ value, help: param.help }] : [];
  });
}
