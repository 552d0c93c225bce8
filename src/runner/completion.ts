import type { Flag, FlagSet } from './flags.ts';
import { coreFlags, type LineState, lineState } from './grammar.ts';
import { firstSentence } from './sentence.ts';
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
 * is typed. A line that makes no sense has no next word.
 */
export async function completions(
  words: readonly string[],
  tree: TaskTree,
  source: ValueSource = async () => [],
): Promise<Completion> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  if (before.includes('--')) return { ...nothing, paths: 'files' };
  const state = await lineState(before, tree);
  if (state === undefined) return nothing;
  const found = await next(current, state, { tree, source });
  const fitting = found.candidates.filter(({ value }) => value.startsWith(current));
  const unique = new Map(fitting.map((candidate) => [candidate.value, candidate]));
  return {
    ...found,
    candidates: [...unique.values()].sort((a, b) => (a.value < b.value ? -1 : 1)),
  };
}

interface Known {
  readonly tree: TaskTree;
  readonly source: ValueSource;
}

async function next(current: string, state: LineState, known: Known): Promise<Completion> {
  const { open, waiting, nextPositional, optionalPositional } = state;
  if (waiting !== undefined) {
    const isOptional = 'valueOptional' in waiting.param && waiting.param.valueOptional === true;
    if (!isOptional) return await valuesOf(waiting, current, state, known);
    if (!current.startsWith('-'))
      return both(await valuesOf(waiting, current, state, known), await words(state, known));
  }
  if (current.startsWith('-') && current !== '-' && current.includes('=')) {
    const at = current.indexOf('=');
    const head = current.slice(0, at);
    const named = open?.bySpelling.get(head) ?? coreFlags.bySpelling.get(head);
    if (named === undefined || !named.takesValue) return nothing;
    const found = await valuesOf(named, current.slice(at + 1), state, known);
    const candidates = found.candidates.map((one) => ({ ...one, value: `${head}=${one.value}` }));
    return { ...found, candidates, head: `${head}=` };
  }
  if (current.startsWith('-')) {
    const isShortToo = current === '-';
    return { ...nothing, candidates: [...spellings(open, isShortToo), ...spellings(coreFlags, isShortToo)] };
  }
  if (nextPositional !== undefined) return await valuesOf(nextPositional, current, state, known);
  const names = await words(state, known);
  return optionalPositional === undefined
    ? names
    : both(await valuesOf(optionalPositional, current, state, known), names);
}

async function words(_state: LineState, { tree }: Known): Promise<Completion> {
  return { ...nothing, candidates: await taskNames(tree) };
}

function both(a: Completion, b: Completion): Completion {
  return { ...a, candidates: [...a.candidates, ...b.candidates] };
}

async function taskNames(tree: TaskTree): Promise<Candidate[]> {
  return (await tree.list()).flatMap(({ fullName, otherNames, task }) =>
    [fullName, ...otherNames].map((value) => ({ value, help: firstSentence(task.doc) })),
  );
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
      if (name === 'namespaces') return known.tree.namespaceNames().map((value) => ({ value }));
      return await known.source(name, { given: state.given, typed });
    }),
  );
  return { ...nothing, candidates: found.flat(), paths };
}

function spellings(set: FlagSet | undefined, isShortToo: boolean): Candidate[] {
  return (set?.flags ?? []).flatMap(({ name, short, param }): Candidate[] => {
    if (param.hidden === true) return [];
    const long =
      param.type === 'bool' && param.default === true ? [`--no-${name}`, `--${name}`] : [`--${name}`];
    const all = isShortToo && short !== undefined ? [...long, `-${short}`] : long;
    return all.map((value) => ({ value, help: param.help }));
  });
}
