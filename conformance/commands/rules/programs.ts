import type { Effects, Ran } from '../effects.ts';
import type { RecordedCase } from '../recorded-case.ts';
import { type CommandRule, hasTask, isProgram, withCommands } from './rule.ts';

// run, codegen, tests: Faasm's own programs.

/** Which virtual machine a program is for: today's name, and the older tree's. */
const VM = ['FAASM_WASM_VM', 'WASM_VM'];

export const programRules: readonly CommandRule[] = [
  {
    name: 'the environment stays',
    reason: "tests add Faasm's variables to the environment and take nothing away",
    covers: (given) => hasTask(given, 'tests', 'tests.tests'),
    instead: (recorded) => withCommands(recorded, ({ isEnvReplaced: _, ...ran }) => [ran]),
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
  return { ...recorded, commands };
}

function without(ran: Ran, names: readonly string[]): Ran {
  return {
    ...ran,
    env: Object.fromEntries(Object.entries(ran.env).filter(([name]) => !names.includes(name))),
  };
}
