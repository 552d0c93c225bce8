import type { FlagSet } from './flags.ts';
import { hasDefault } from './given-flags.ts';
import type { FoundTask } from './tree.ts';

/** `tasks flame USER FUNC [options]`. */
export function usageLine(call: {
  readonly flags: FlagSet;
  readonly found: Pick<FoundTask, 'fullName' | 'typedName'>;
}): string {
  const words = call.flags.positionals.map((flag) => {
    const name = `${flag.name.toUpperCase()}${flag.param.type === 'list' ? '…' : ''}`;
    return hasDefault(flag) ? `[${name}]` : name;
  });
  const required = call.flags.flags
    .filter(({ param }) => param.required === true && param.positional !== true)
    .map((flag) => `--${flag.name}=${flag.name.toUpperCase()}`);
  return ['tasks', call.found.typedName || call.found.fullName, ...words, ...required, '[options]'].join(' ');
}
