import type { Rule } from '../../tally.ts';
import type { Effects, Ran } from '../effects.ts';
import type { RecordedCase } from '../recorded-case.ts';

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
