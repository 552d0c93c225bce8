import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../src/faasm/directories.ts';
import type { RecordedCase } from '../recorded-case.ts';
import { type Effects, nothing, placeAt, type Ran } from '../recorded-effects.ts';
import {
  type CommandRule,
  flagValue,
  hasTask,
  isProgram,
  parameters,
  settingsVariables,
  withCommands,
} from './rule.ts';

// run, codegen, tests: Faasm's own programs.

/** Which virtual machine a program is for: today's name, and the older tree's. */
const VM = ['FAASM_WASM_VM', 'WASM_VM'];

/** Faasm's own programs. */
const OWN = ['func_runner', 'local_pool_runner', 'codegen_func', 'codegen_shared_obj', 'tests'];

const WAST = ['wast', 'wast.wast', 'wast.decompile'];

export const programRules: readonly CommandRule[] = [
  {
    name: 'the environment stays',
    reason: "tests add Faasm's variables to the environment and take nothing away",
    covers: (given) => hasTask(given, 'tests', 'tests.tests'),
    instead: (recorded) => withCommands(recorded, ({ isEnvReplaced: _, ...ran }) => [ran]),
  },
  {
    name: 'an engine of its own',
    reason: "without Faasm's func_runner a function runs on the built-in one",
    covers: (given) =>
      /^run(\.run)?$/.test(given.argv[0] ?? '') &&
      !given.setup.files_executable.some((path) => path.endsWith('/func_runner')),
    instead: (recorded, given) => {
      const [user = '', func = ''] = parameters(
        given,
        ['run', 'run.run'],
        [
          ['user', 'u'],
          ['function', 'f'],
          ['data', 'd'],
          ['cmdline', 'c'],
        ],
      );
      return isDemo(user, func) ? nothing(true) : recorded;
    },
  },
  {
    name: '-r is --trace',
    reason: 'two trees gave the letter to two flags; it is as in the newest, where --repeats is -p',
    covers: (given) =>
      given.tree === 'old' &&
      hasTask(given, 'tests', 'tests.tests') &&
      given.argv.some((word) => /^-r\d*$/.test(word)),
    instead: () => nothing(false),
  },
  {
    name: 'a list of tests that is not there',
    reason: 'is an error; the original ran everything',
    covers: (given) => {
      const list = flagValue(given, 'from-file', 'f');
      const isTests = hasTask(given, 'tests', 'tests.tests');
      return (
        isTests && list !== undefined && list !== '' && !(placeAt('${PROJ_ROOT}', list) in given.setup.files)
      );
    },
    instead: () => nothing(false),
  },
  {
    name: 'a module that is not there',
    reason: 'is said before anything is started or deleted',
    covers: (given) => {
      const [user, func] = parameters(given, WAST, [
        ['user', 'u'],
        ['func-name', 'f'],
      ]);
      const path = `/wasm/${user}/${func}/function.wasm`;
      return hasTask(given, ...WAST) && !Object.keys(given.setup.files).some((name) => name.endsWith(path));
    },
    instead: (recorded) => (recorded.commands.length === 0 ? recorded : nothing(false)),
  },
  {
    name: 'settings reach children',
    reason: "a folder of Faasm's that a settings file names is told to Faasm's own programs",
    covers: (given) => Object.keys(settingsVariables(given)).length > 0,
    instead: (recorded, given) =>
      withCommands(recorded, (ran) =>
        OWN.some((name) => isProgram(ran, name))
          ? [{ ...ran, env: { ...settingsVariables(given), ...ran.env } }]
          : [ran],
      ),
  },
  {
    name: 'no leaks',
    reason: "one task's variables do not reach the children of the next",
    covers: ({ argv }) => argv.filter((word) => /^(run|codegen|tests)(\.[\w-]+)?$/.test(word)).length > 1,
    instead: withoutLeaks,
  },
];

function isDemo(user: string, func: string): boolean {
  const isName = /^\w+$/.test(user) && /^\w+$/.test(func);
  return isName && existsSync(join(packageRoot(), 'functions', user, func, 'function.wasm'));
}

function withoutLeaks(recorded: Effects, given: RecordedCase): Effects {
  const commands = recorded.commands.map((ran) =>
    isProgram(ran, 'func_runner') || isProgram(ran, 'local_pool_runner')
      ? without(ran, ['LD_LIBRARY_PATH'])
      : ran,
  );
  if (!recorded.success) return { ...recorded, commands };
  // From the end, as long as each task is known to be one command.
  const tasks = given.argv
    .filter((word) => /^(run|codegen|wast|dev|disas|flame|tests)(\.[\w-]+)?$/.test(word))
    .reverse();
  for (const [index, task] of tasks.entries()) {
    if (!/^(run(\.pool)?|codegen(\.user)?)$/.test(task)) break;
    const at = commands.length - 1 - index;
    const ran = commands[at];
    if (ran !== undefined && task.startsWith('codegen')) commands[at] = without(ran, VM);
  }
  return { ...recorded, commands: withOwnLevels(commands, given) };
}

/** Each run of tests logs as much as its own flags say. */
function withOwnLevels(commands: readonly Ran[], { argv }: RecordedCase): Ran[] {
  const levels: string[] = [];
  for (const [index, word] of argv.entries()) {
    if (!/^tests(\.tests)?$/.test(word)) continue;
    const next = argv.findIndex((other, at) => at > index && /^[a-z][\w-]*(\.[\w-]+)?$/.test(other));
    const flags = argv.slice(index + 1, next < 0 ? undefined : next);
    const has = (long: string, short: string): boolean =>
      flags.some((flag) => flag === long || new RegExp(`^-\\w*${short}`).test(flag));
    levels.push(has('--trace', 'r') ? 'trace' : has('--debug', 'd') ? 'debug' : 'info');
  }
  const runs = commands.filter((ran) => isProgram(ran, 'tests'));
  if (runs.length !== levels.length) return [...commands];
  return commands.map((ran) => {
    const level = levels[runs.indexOf(ran)];
    return level === undefined ? ran : { ...ran, env: { ...ran.env, LOG_LEVEL: level } };
  });
}

function without(ran: Ran, names: readonly string[]): Ran {
  return {
    ...ran,
    env: Object.fromEntries(Object.entries(ran.env).filter(([name]) => !names.includes(name))),
  };
}
