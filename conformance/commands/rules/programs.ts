import type { Effects, Ran } from '../effects.ts';
import type { RecordedCase } from '../recorded-case.ts';
import { type CommandRule, hasTask, isProgram, settingsVariables, withCommands } from './rule.ts';

// run, codegen, tests: Faasm's own programs.

/** Which virtual machine a program is for: today's name, and the older tree's. */
const VM = ['FAASM_WASM_VM', 'WASM_VM'];

/** Faasm's own programs. */
const OWN = ['func_runner', 'local_pool_runner', 'codegen_func', 'codegen_shared_obj', 'tests'];

export const programRules: readonly CommandRule[] = [
  {
    name: 'the environment stays',
    reason: "tests add Faasm's variables to the environment and take nothing away",
    covers: (given) => hasTask(given, 'tests', 'tests.tests'),
    instead: (recorded) => withCommands(recorded, ({ isEnvReplaced: _, ...ran }) => [ran]),
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
