import { completionOf } from './invoke-completion.ts';
import { type Collected, collect, coreContext, type ModelContext } from './invoke-contexts.ts';
import { executed } from './invoke-execution.ts';
import { ModelReader, ModelUsage } from './invoke-reader.ts';
import { NotAValue } from './invoke-values.ts';
import {
  collectionFound,
  type Fixture,
  type FixtureCollection,
  type Outcome,
  type ParserCase,
} from './parser-case.ts';

// A small model of what `inv` does with a line, in the order in which it does it. Without differences it says what was
// recorded (the run checks that); each difference on purpose is a switch in it. So a case falls under a difference
// exactly when the switch changes what the model says, and what we do instead is what it says then.

/** Where we differ on purpose, and why. */
export const differences = {
  'help after a task': 'nobody means a function called -h: the help is shown and nothing runs',
  'short flags with a value in a group': '-cp4 is -c -p 4',
  '= protects the value': 'what stands behind = is the value, whatever it looks like',
  'words stay whole':
    'a positional that begins with a dash and is no flag is not taken apart at = or letters',
  'given twice': 'a line keeps one value only, so two are a slip',
  'the same call': 'a call that names a default is the same call',
  'lists are parameters like others': "a list's default is used, and a required list is required",
  'both spellings': '_ and - are the same in names, and a one-letter parameter has --x too',
  'before the first task':
    '-c, -r, -f, -V and --print-completion-script act before any task: behind one they are a slip',
  'core choices': 'a value that -F or --hide does not know is a usage error, whether or not it matters later',
  'core flags are no positionals': '--dry before the positionals is a dry run, not the name of a user',
  'flags are no values':
    'after a flag that wants a value, a word that is a flag of the program (or a slip in one) is a slip; after one that may stand alone it is that flag',
  'numbers stay exact': 'a whole number beyond 2^53 is refused',
  'completion of values':
    "a flag's value and a missing positional complete with choices, not with names of tasks",
  'completion of core flags': 'they may stand after a task too, so what begins like one completes',
  'completion stays silent': 'a line that makes no sense, or has no task file, has no candidates',
  'our own core flags': '--jobs, --json, --keep-going and --quiet exist beside those of inv',
} as const;

export type Difference = keyof typeof differences;
export type Differences = ReadonlySet<Difference>;

/** The task file itself is wrong. */
class ModelBroken extends Error {}

const displayed: Outcome = { exit: 0, executed: [] };

/** What `inv` does with the line, apart from the differences that are on. Usage errors are exit code 2 here. */
export function modelOutcome(fixture: Fixture, given: ParserCase, on: Differences): Outcome {
  try {
    return outcomeOf(fixture, given, on);
  } catch (error) {
    if (error instanceof ModelUsage || error instanceof NotAValue) return { exit: 2, executed: [] };
    if (error instanceof ModelBroken) return { exit: 1, executed: [] };
    throw error;
  }
}

function outcomeOf(fixture: Fixture, given: ParserCase, on: Differences): Outcome {
  const end = given.argv.indexOf('--');
  const body = end === -1 ? given.argv : given.argv.slice(0, end);
  const remainder = end === -1 ? [] : given.argv.slice(end + 1);
  const first = new ModelReader(coreContext(on), undefined, on).read(body);
  // Words may follow that are not understood yet; a flag of the program that wants a value must have got it.
  first.finish();
  const { core } = first;
  if (on.has('core choices')) refuseChoices(core);
  if (core.value('version') === true) return displayed;
  const script = core.value('print-completion-script');
  if (typeof script === 'string') {
    if (!['bash', 'zsh', 'fish'].includes(script)) throw new ModelUsage(script);
    return displayed;
  }
  const isCompletion = core.value('complete') === true;
  if (core.value('help') === true && !isCompletion) return displayed;
  const collected = collectedFor(fixture, given, core, on);
  if (isCompletion) {
    if (collected instanceof Error) {
      if (on.has('completion stays silent')) return { ...displayed, candidates: [] };
      throw collected;
    }
    return { ...displayed, candidates: completionOf(remainder, collected, collect(altFixture, on), on) };
  }
  if (collected instanceof Error) throw collected;
  const line = new ModelReader(coreContext(on), collected.find, on).read(first.unparsed).finish();
  merge(core, line.core, on);
  if (on.has('core choices')) refuseChoices(core);
  if (line.isHelp) return displayed;
  const help = core.value('help');
  if (typeof help === 'string' && help !== '') {
    if (collected.find(help) === undefined) throw new ModelUsage(help);
    return displayed;
  }
  const list = core.value('list');
  if (list !== null && list !== '') {
    if (typeof list === 'string' && !collected.isCollection(list)) throw new ModelUsage(list);
    if (collected.byName.size === 0) throw new ModelBroken('no tasks');
    const format = core.value('list-format') ?? 'flat';
    if (!['flat', 'nested', 'json'].includes(String(format))) throw new ModelUsage(String(format));
    return displayed;
  }
  const typed = line.calls.length > 0;
  const calls = typed ? line.calls : collected.root === undefined ? [] : [collected.root];
  return executed(calls, {
    collected,
    core,
    config: fixture.config,
    on,
    remainder: remainder.join(' '),
    isTyped: typed,
  });
}

function refuseChoices(core: ModelContext): void {
  const wrong = (name: string, choices: readonly string[]): boolean => {
    const value = core.value(name);
    return typeof value === 'string' && !choices.includes(value);
  };
  if (wrong('list-format', ['flat', 'nested', 'json'])) throw new ModelUsage('list-format');
  if (wrong('hide', ['out', 'stdout', 'err', 'stderr', 'both'])) throw new ModelUsage('hide');
}

function merge(core: ModelContext, later: ModelContext, on: Differences): void {
  for (const flag of later.flags) {
    if (!flag.isGiven) continue;
    const before = core.flags.find(({ name }) => name === flag.name);
    const isTwice = before?.isGiven === true && before.takesValue && !flag.isBare;
    if (isTwice && flag.name !== 'help' && on.has('given twice')) throw new ModelUsage('given twice');
    before?.take(flag);
  }
}

function collectedFor(
  fixture: Fixture,
  given: ParserCase,
  core: ModelContext,
  on: Differences,
): Collected | ModelUsage | ModelBroken {
  const text = (name: string): string | undefined => {
    const value = core.value(name);
    return typeof value === 'string' ? value : undefined;
  };
  const found = collectionFound(given, text('search-root'), text('collection') ?? 'tasks');
  if (found === undefined) return new ModelUsage('no task file');
  if (found === 'alt') return collect(altFixture, on);
  return isBroken(fixture.collection) ? new ModelBroken('task file') : collect(fixture, on);
}

/** `alt.py`, which lies beside every task file. */
export const altFixture: Fixture = {
  collection: {
    name: null,
    doc: null,
    tasks: [{ name: 'alttask', doc: null, params: [], body: 'print' }],
    collections: [],
  },
  config: null,
};

/** Invoke refuses task files with two defaults, a name for two things, or help for what is no parameter. */
export function isBroken({ tasks, collections }: FixtureCollection): boolean {
  const defaults = [...tasks, ...collections].filter((item) => item.default === true);
  const names = new Set(tasks.flatMap((task) => [task.task_name ?? task.name, ...(task.aliases ?? [])]));
  const isHelpWrong = tasks.some((task) =>
    Object.keys(task.help ?? {}).some(
      (key) => !task.params.some(({ name }) => name === key || name.replaceAll('_', '-') === key),
    ),
  );
  return (
    defaults.length > 1 ||
    isHelpWrong ||
    collections.some((inner) => names.has(inner.name ?? '') || isBroken(inner))
  );
}
