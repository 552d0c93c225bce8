import type { Rule } from '../../tally.ts';
import type { RecordedCase } from '../recorded-case.ts';
import type { Effects, Ran } from '../recorded-effects.ts';

/** A difference on purpose between what `inv` did and what `tasks` does. */
export type CommandRule = Rule<RecordedCase, Effects>;

/** Whether a line has one of these tasks: as its own word, dashes or underscores. */
export function hasTask({ argv }: RecordedCase, ...names: readonly string[]): boolean {
  return argv.some((word) => names.includes(word.replaceAll('_', '-')));
}

/** The value of a flag in any of its spellings: `--name V`, `--name=V`, `-n V`, `-nV`. */
export function flagValue({ argv }: RecordedCase, long: string, short?: string): string | undefined {
  for (const [index, word] of argv.entries()) {
    if (word === `--${long}` || (short !== undefined && word === `-${short}`)) return argv[index + 1];
    if (word.startsWith(`--${long}=`)) return word.slice(long.length + 3);
    if (short !== undefined && !word.startsWith('--') && word.startsWith(`-${short}`)) return word.slice(2);
  }
  return undefined;
}

/** The first of each of a line's calls that a program of this name served, by its file name. */
export function isProgram({ argv }: Ran, name: string): boolean {
  return (argv[0] ?? '').split('/').at(-1) === name;
}

/** The same effects with each command replaced by what a function makes of it. */
export function withCommands(effects: Effects, replace: (ran: Ran) => readonly Ran[]): Effects {
  return { ...effects, commands: effects.commands.flatMap(replace) };
}

/** What a task was given for each of its parameters, in their order: by flag, else by place. */
export function parameters(
  given: RecordedCase,
  tasks: readonly string[],
  names: readonly (readonly [long: string, short: string])[],
): (string | undefined)[] {
  const start = given.argv.findIndex((word) => tasks.includes(word));
  const flags = new Set(names.flatMap(([long, short]) => [`--${long}`, `-${short}`]));
  const words = given.argv.slice(start + 1);
  const plain = words.filter((word, index) => !word.startsWith('-') && !flags.has(words[index - 1] ?? ''));
  return names.map(([long, short]) => flagValue({ ...given, argv: words }, long, short) ?? plain.shift());
}

/** Where a line leaves one of Faasm's folders to the settings, children are told which one it is. */
export function settingsVariables({ setup }: RecordedCase): Record<string, string> {
  const defaults = { FAASM_BUILD_DIR: '/build/faasm', FAASM_LOCAL_DIR: '/usr/local/faasm' };
  return Object.fromEntries(
    Object.entries(defaults).filter(([name]) => name in setup.env && (setup.env[name] ?? '') === ''),
  );
}
