import { parse } from 'shell-quote';
import { embeddedRunner, profilingNodeFlags } from '../../../src/engine/runner-choice.ts';
import type { RecordedCase } from '../recorded-case.ts';
import {
  type Effects,
  type Fate,
  type Like,
  nothing,
  placeAt,
  type Ran,
  withFiles,
} from '../recorded-effects.ts';
import { splitShell } from '../shell-split.ts';
import { shellWords } from './line.ts';
import { type CommandRule, flagValue, hasTask, isProgram, parameters, settingsVariables } from './rule.ts';

// flame and disas: recordings and modules are read directly, by one process.

const RUN = '${RUN}';
const FLAME = ['flame', 'flame.general'];
const SYMBOLS = ['disas', 'disas.symbols'];
const REPLACE = 'disas.replace';

function isFlame(given: RecordedCase): boolean {
  return hasTask(given, ...FLAME);
}

export const profilingRules: readonly CommandRule[] = [
  {
    name: 'direct reading',
    reason:
      "perf's recording is read as it is: no inject, no script, no Perl, no sed, nothing cloned; names come from the module",
    covers: isFlame,
    instead: (recorded, given) =>
      given.expect.events.some(isFlameEvent) || isOurs(given)
        ? { ...recorded, ...directly(recorded, given) }
        : recorded,
  },
  {
    name: 'a --cmd without a program',
    reason: 'is a usage error',
    covers: (given) => isFlame(given) && flagValue(given, 'cmd', 'c') === '',
    instead: () => nothing(false),
  },
  {
    name: 'what has no effect',
    reason: 'is refused: a program given by --cmd gets no --data',
    covers: (given) =>
      isFlame(given) &&
      flagValue(given, 'cmd', 'c') !== undefined &&
      flagValue(given, 'data', 'd') !== undefined,
    instead: () => nothing(false),
  },
  {
    name: 'operators in --cmd',
    reason: 'no shell runs it, so `|`, `>` and `;` are refused',
    covers: (given) =>
      isFlame(given) && parse(flagValue(given, 'cmd', 'c') ?? '').some((part) => typeof part !== 'string'),
    instead: () => nothing(false),
  },
  {
    name: 'where to draw',
    reason: '--output names the picture',
    covers: (given) => isFlame(given) && flagValue(given, 'output') !== undefined,
    instead: (recorded, given) => {
      const at = given.argv.findIndex((word) => word.startsWith('--output'));
      const count = given.argv[at] === '--output' ? 2 : 1;
      const path = flagValue(given, 'output') ?? '';
      const from = `${given.cwd}/flame.svg`;
      const like: Like = {
        argv: given.argv.toSpliced(at, count),
        tree: given.tree,
        // Its title depends on the name.
        edit: (effects) => withFiles(effects, { [from]: undefined, [placeAt(given.cwd, path)]: 'there' }),
      };
      return { ...recorded, like };
    },
  },
  {
    name: 'symbols from the module',
    reason: 'what func_sym would say is read from the function itself, and kept as function.symbols',
    covers: (given) => hasTask(given, ...SYMBOLS, REPLACE),
    instead: fromModule,
  },
];

/** The original went no further than a flag or a program that it lacked: ours has --reps, and an engine of its own. */
function isOurs(given: RecordedCase): boolean {
  const [user, func] = flameParameters(given);
  const hasRunner = given.setup.files_executable.some((path) => path.endsWith('/func_runner'));
  const isGoing =
    user !== undefined && func !== undefined && !given.argv.some((word) => /^--output/.test(word));
  return (
    isGoing &&
    (flagValue(given, 'reps') !== undefined || (!hasRunner && flagValue(given, 'cmd', 'c') === undefined))
  );
}

function flameParameters(given: RecordedCase): (string | undefined)[] {
  return parameters(given, FLAME, [
    ['user', 'u'],
    ['func', 'f'],
    ['data', 'd'],
    ['reps', '!'],
  ]);
}

function isFlameEvent(event: RecordedCase['expect']['events'][number]): boolean {
  return event.t === 'exec' && /^(git clone .*FlameGraph|perf record )/.test(event.command ?? '');
}

/** One `perf record` for each of the original's, and the picture in the current folder. */
function directly(recorded: Effects, given: RecordedCase): Partial<Effects> {
  const recordings = given.expect.events.flatMap((event) => {
    if (event.t !== 'exec' || event.command?.startsWith('perf record') !== true) return [];
    return [{ argv: splitShell(event.command, shellWords(given)).argv, failed: (event.rc ?? 0) !== 0 }];
  });
  const programs =
    recordings.length > 0
      ? recordings.map(({ argv }) => argv.slice(argv.indexOf('-g') + 1))
      : [programOf(given)];
  const files = new Map([...recorded.files].filter(([path]) => !path.startsWith('${PROJ_ROOT}/')));
  const isGood = recordings.every(({ failed }) => !failed);
  if (isGood) files.set(`${given.cwd}/flame.svg`, 'there');
  const others = recorded.commands.filter(({ argv }) => argv[0] === 'cmake' || argv[0] === 'rm');
  return {
    success: isGood,
    files,
    commands: [...others, ...programs.map((program) => ours(program, given))],
  };
}

/** What the original would have recorded, had it come so far. */
function programOf(given: RecordedCase): readonly string[] {
  const cmd = flagValue(given, 'cmd', 'c');
  if (cmd !== undefined) return splitShell(cmd).argv;
  const [user = '', func = '', data = '', reps = '1'] = flameParameters(given);
  if (reps !== '1') return ['${BIN}/microbench_runner', `${RUN}/spec.csv`, `${RUN}/result.csv`];
  const { files_executable: programs } = given.setup;
  const runner = ['${BIN}/func_runner', '${FAASM_BUILD_DIR}/bin/func_runner'].find((path) =>
    programs.includes(path),
  );
  if (runner !== undefined) return [runner, user, func, ...(data === '' ? [] : [data])];
  const own = [process.execPath, ...profilingNodeFlags, embeddedRunner('func_runner').path, user, func];
  return [...own, ...(data === '' ? [] : [`--input-data=${data}`])];
}

function ours(program: readonly string[], given: RecordedCase): Ran {
  const isOwnProgram = flagValue(given, 'cmd', 'c') !== undefined;
  return {
    argv: [
      'perf',
      '--buildid-dir',
      `${RUN}/buildid`,
      ...[
        'record',
        '-k',
        '1',
        '-F',
        (flagValue(given, 'reps') ?? '1') === '1' ? '99' : '999',
        '--call-graph',
        'fp',
      ],
      ...['--no-bpf-event', '--no-buildid', '--no-buildid-cache'],
      ...['-o', `${RUN}/perf.data`, '--', ...program],
    ],
    cwd: isOwnProgram ? given.cwd : RUN,
    env: { JITDUMPDIR: RUN, ...settingsVariables(given) },
  };
}

function fromModule(recorded: Effects, given: RecordedCase): Effects {
  const isReplace = hasTask(given, REPLACE);
  const [user = '', func = '', text = ''] = parameters(
    given,
    [...SYMBOLS, REPLACE],
    [
      ['user', 'u'],
      ['func', 'f'],
      ['file-in', 'i'],
    ],
  );
  const kept = Object.keys(given.setup.files).find((path) =>
    path.endsWith(`/wasm/${user}/${func}/function.symbols`),
  );
  if (recorded.commands.length === 0 && given.expect.exception === null) return recorded;
  const others = recorded.commands.filter((ran) => !isProgram(ran, 'func_sym') && ran.argv[0] !== 'sed');
  const path = `${given.cwd}/${text}`;
  // The file is there where the original came so far as to change it.
  const isThere = path in given.setup.files || recorded.commands.some(({ argv }) => argv[0] === 'sed');
  const success = kept !== undefined && (!isReplace || isThere);
  const files = new Map<string, Fate>(recorded.files);
  if (success && isReplace) files.set(path, 'there');
  if (success && !isReplace) files.set(kept, 'there');
  return { ...recorded, success, commands: others, files };
}
