import { outOfScope } from '../../../src/faasm/out-of-scope.ts';
import type { RecordedCase } from '../recorded-case.ts';
import { type Effects, nothing, type Ran, recordedEffects, withFiles } from '../recorded-effects.ts';
import { type CommandRule, flagValue, hasTask, withCommands } from './rule.ts';

// What a line means, and how its words reach a child.

/** Words that a shell would cut or change. */
export function shellWords({ argv }: RecordedCase): string[] {
  const words = argv.flatMap((word, index) => {
    // The command of a flame graph is a command line, for both.
    if (/^(--cmd|-c)$/.test(argv[index - 1] ?? '') && argv.some((name) => /^flame(\.general)?$/.test(name)))
      return [];
    const [, name = '', value = ''] = /^--([\w-]+)=(.*)$/s.exec(word) ?? [];
    if (name === 'cmd') return [];
    return name === '' ? [word] : [value];
  });
  return words.filter((word) => /[\s'"`$;&|<>(){}*?~#\\!]/.test(word));
}

/** `-h` or `--help` behind the first task's name. */
function asksForHelp({ argv }: RecordedCase): boolean {
  const task = argv.findIndex((word) => !word.startsWith('-'));
  if (task < 0 || argv.slice(0, task).some((word) => /^(-h|--help|-l|--list|--complete)$/.test(word)))
    return false;
  // Of the older tree's graphs it was --headless.
  const isFree = !argv.some((word) => /^invoke\.exec[-_]graph$/.test(word));
  return argv.slice(task + 1).some((word) => word === '--help' || (word === '-h' && isFree));
}

/** The first word, one after `-h` or `-l`, or one with a dot: a task's name. */
function isTaskPlace(argv: readonly string[], index: number): boolean {
  const word = argv[index] ?? '';
  const before = argv[index - 1] ?? '';
  return (
    index === 0 ||
    /^(-h|--help|-l|--list)$/.test(before) ||
    (!before.startsWith('-') && /^[a-z0-9-]+\.[a-z0-9_-]+$/.test(word))
  );
}

const underscored = /^(--[\w-]*_[\w-]*)(=.*)?$|^[a-z][\w-]*(\.[\w-]*_[\w-]*)$/s;

/** How words reach a child: before everything else. */
export const wordRules: readonly CommandRule[] = [
  {
    name: 'no shell',
    reason: 'a value is one argument, whatever characters it holds',
    covers: (given) => shellWords(given).length > 0,
    instead: (recorded, given) => ({ ...recorded, ...recordedEffects(given, shellWords(given)) }),
  },
];

/** What each flag that the older tree did not have does to the commands. */
const LATER: Readonly<Record<string, (ran: Ran) => Ran>> = {
  '--disable-spinlock': (ran) => ({
    ...ran,
    argv: ran.argv.map((word) => (word === '-DFAABRIC_USE_SPINLOCK=ON' ? word.replace('ON', 'OFF') : word)),
  }),
  '--trace': (ran) => ({ ...ran, env: { ...ran.env, LOG_LEVEL: 'trace' } }),
};

/** They hold the commands. */
function logsOf({ files }: Effects): string[] {
  return [...files.keys()].filter((path) => path.endsWith('.log'));
}

/** The line without the core flags that `inv` does not have. */
function withoutOwnFlags(argv: readonly string[]): string[] {
  return argv.filter((word, index) => {
    const isOwn = /^--(jobs(=.*)?|json|keep-going|quiet)$/.test(word);
    return !isOwn && !/^--jobs$/.test(argv[index - 1] ?? '');
  });
}

/** What a line means: whatever its tasks would have done. */
export const lineRules: readonly CommandRule[] = [
  {
    name: 'help after a task',
    reason: 'shows that task and runs nothing',
    covers: asksForHelp,
    instead: () => nothing(true),
  },
  {
    name: '--dry',
    reason: 'shows the children of every task, and runs none',
    covers: ({ argv }) => argv.some((word) => word === '--dry' || word === '-R'),
    instead: (recorded) => nothing(recorded.success),
  },
  {
    name: 'out of scope',
    reason:
      'container, release and cloud tasks: says so, names the original, and how to add your own (exit 2)',
    covers: ({ argv }) =>
      argv.some((word, index) => isTaskPlace(argv, index) && outOfScope(word) !== undefined),
    instead: () => nothing(false),
  },
  {
    name: 'tasks of the older tree',
    reason: 'are back, and mean what they meant there',
    covers: ({ argv, tree }) =>
      tree === 'new' &&
      /^(config\.create|files|flush|invoke|planner|redis|state|upload)(\.|$)/.test(argv[0] ?? ''),
    instead: (recorded, { argv }) => ({ ...recorded, like: { argv, tree: 'old' } }),
  },
  {
    name: 'codegen.local',
    reason: 'the name of 2021 for codegen.tests still works',
    covers: ({ argv }) => argv.includes('codegen.local'),
    instead: (recorded, { argv, tree }) => ({
      ...recorded,
      like: { argv: argv.map((word) => (word === 'codegen.local' ? 'codegen.tests' : word)), tree },
    }),
  },
  {
    name: 'tasks anywhere',
    reason: 'listing and help need no checkout: the tree is built in',
    covers: ({ argv, cwd }) =>
      !cwd.startsWith('${PROJ_ROOT}') && /^(-h|--help|-l|--list|--complete)$/.test(argv[0] ?? ''),
    instead: () => nothing(true),
  },
  {
    name: 'numbers are numbers',
    reason: 'a whole number that is none is a usage error, before anything runs',
    covers: (given) =>
      hasTask(given, 'run.pool', 'invoke', 'invoke.invoke') &&
      !/^-?\d+$/.test(flagValue(given, 'mpi-world-size', 'm') ?? '0'),
    instead: () => nothing(false),
  },
  {
    name: 'flags that came later',
    reason: 'work in every checkout',
    covers: ({ tree, argv }) => tree === 'old' && argv.some((word) => word in LATER),
    instead: (recorded, { argv, tree }) => ({
      ...recorded,
      like: {
        argv: argv.filter((word) => !(word in LATER)),
        tree,
        edit: (effects) =>
          argv.reduce(
            (edited, word) => withCommands(edited, (ran) => [LATER[word]?.(ran) ?? ran]),
            withFiles(effects, Object.fromEntries(logsOf(effects).map((path) => [path, 'there']))),
          ),
      },
    }),
  },
  {
    name: 'our own core flags',
    reason: '--jobs, --json, --keep-going and --quiet exist beside those of inv',
    covers: ({ argv, expect }) => expect.exit !== 0 && withoutOwnFlags(argv).length < argv.length,
    instead: (recorded, { argv, tree }) => ({ ...recorded, like: { argv: withoutOwnFlags(argv), tree } }),
  },
  {
    name: 'both spellings',
    reason: '`_` and `-` are the same in names of tasks and flags',
    covers: ({ argv }) => argv.some((word) => underscored.test(word)),
    instead: (recorded, { argv, tree }) => ({
      ...recorded,
      like: {
        argv: argv.map((word) =>
          underscored.test(word) ? word.replace(/^[^=]*/, (name) => name.replaceAll('_', '-')) : word,
        ),
        tree,
      },
    }),
  },
];
