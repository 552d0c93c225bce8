import { type Collected, coreContext, type ModelContext } from './invoke-contexts.ts';
import type { Differences } from './invoke-model.ts';
import { ModelReader, ModelUsage } from './invoke-reader.ts';
import { NotAValue } from './invoke-values.ts';

/** What `inv --complete` prints, as far as it begins with the last word: the shell leaves out the rest. */
export function completionOf(
  remainder: readonly string[],
  main: Collected,
  alt: Collected,
  given: Differences,
): string[] {
  // Flags that only we have are left out of what is compared.
  const on: Differences = new Set([...given].filter((name) => name !== 'our own core flags'));
  const line = remainder.join(' ').replace(/^(inv|invoke|tasks) /, '');
  const isBare = /^(inv|invoke|tasks)?$/.test(line);
  if ((line.match(/["']/g)?.length ?? 0) % 2 === 1) {
    if (on.has('completion stays silent')) return [];
    throw new ModelUsage('an open quote');
  }
  const tokens = isBare ? [] : line.split(/\s+/).filter((word) => word !== '');
  const current = / $|^$/.test(line) || isBare ? '' : (tokens.at(-1) ?? '');
  // We look where the line says; Invoke has loaded its tasks by then.
  const isAlt =
    on.has('completion of values') && readFar(tokens, main, on).reader.core.value('collection') === 'alt';
  const collected = isAlt ? alt : main;
  return candidates(tokens, current, collected, on)
    .filter((word) => word.startsWith(current))
    .sort();
}

/** The values that flags of the program can have. */
const choices: Readonly<Record<string, readonly string[]>> = {
  hide: ['out', 'stdout', 'err', 'stderr', 'both'],
  'list-format': ['flat', 'nested', 'json'],
  'print-completion-script': ['bash', 'zsh', 'fish'],
};

function candidates(
  tokens: readonly string[],
  current: string,
  collected: Collected,
  on: Differences,
): string[] {
  const names = [...collected.byName.keys()];
  const before = current === '' ? tokens : tokens.slice(0, -1);
  if (!current.startsWith('-')) {
    const { reader, isSense } = readFar(before, collected, on);
    if (!isSense && on.has('completion stays silent')) return [];
    const isValue = reader.isWaiting || (reader.isTaskOpen && reader.open.missing() !== undefined);
    if (!isSense || !isValue || !on.has('completion of values')) return names;
    const { waiting } = reader;
    return waiting !== undefined && reader.core.flags.includes(waiting)
      ? [...(choices[waiting.name] ?? [])]
      : [];
  }
  const { reader, isValueWrong } = readFar(
    on.has('completion of core flags') ? before : tokens,
    collected,
    on,
  );
  const open = reader.open;
  if (isValueWrong && on.has('completion stays silent')) return [];
  const [head = '', ...value] = current.split('=');
  if (value.length > 0 && on.has('completion of values')) {
    const isOfTask = open !== reader.core && open.flag(head) !== undefined;
    const named = isOfTask ? undefined : reader.core.flag(head)?.name;
    return (choices[named ?? ''] ?? []).map((choice) => `${head}=${choice}`);
  }
  const own = spellings(open, current);
  if (!on.has('completion of core flags')) {
    const known = open.flag(current);
    if (known === undefined) return own;
    return known.takesValue ? [] : names;
  }
  if ((open.flag(current) ?? reader.core.flag(current))?.takesValue === true) return [];
  const isFound = own.some((word) => word.startsWith(current));
  return isFound || current.length < 3 ? own : spellings(reader.core, current);
}

function readFar(words: readonly string[], collected: Collected, on: Differences) {
  const reader = new ModelReader(coreContext(on), collected.find, on);
  try {
    reader.read(words);
    return { reader, isSense: true, isValueWrong: false };
  } catch (error) {
    if (!(error instanceof ModelUsage || error instanceof NotAValue)) throw error;
    return { reader, isSense: false, isValueWrong: error instanceof NotAValue };
  }
}

function spellings(context: ModelContext, current: string): string[] {
  if (current !== '-' && !current.startsWith('--')) return [];
  const all = context.flags.flatMap(({ spec, kind }) => {
    const isInverse = kind === 'bool' && spec.default === true;
    const offered = spec.spellings.filter((word) => !/^--.$/.test(word));
    return isInverse ? [...offered, `--no-${spec.name}`] : offered;
  });
  return current === '-' ? all : all.filter((word) => word.startsWith('--'));
}
