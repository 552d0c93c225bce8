import type { Param, Params, Task } from './define.ts';

/** One parameter as the command line sees it. */
export interface Flag {
  /** Key in `params`: `callGraph`. */
  readonly key: string;
  /** `call-graph`. */
  readonly name: string;
  /** One letter, or undefined. */
  readonly short: string | undefined;
  readonly param: Param;
  /** False for switches and counters. */
  readonly takesValue: boolean;
}

/** The flags of one task (or the core ones), and how the words on a command line name them. */
export interface FlagSet {
  readonly flags: readonly Flag[];
  readonly positionals: readonly Flag[];
  /** `--name`, `-n` -> flag. */
  readonly bySpelling: ReadonlyMap<string, Flag>;
  /** `--no-name` -> flag, for switches that are on by default. */
  readonly byInverse: ReadonlyMap<string, Flag>;
}

/** Works out long and short spellings; a short flag is the first letter of the name that nobody before took (Invoke's rule). */
export function flagSet({ params, autoShort = true }: Pick<Task<Params>, 'params' | 'autoShort'>): FlagSet {
  const entries = Object.entries(params);
  const explicit = entries.flatMap(([, param]) => (typeof param.short === 'string' ? [param.short] : []));
  // A one-letter name is its own short flag.
  const letters = entries.flatMap(([key, param]) =>
    key.length === 1 && param.short === undefined ? [key] : [],
  );
  const taken = new Set([...explicit, ...letters]);
  const flags: Flag[] = [];
  // Positionals choose their letter first, as Invoke sorts them to the front.
  const ordered = [...entries.filter(([, p]) => p.positional), ...entries.filter(([, p]) => !p.positional)];
  for (const [key, param] of ordered) {
    const name = kebab(key);
    const automatic = key.length === 1 ? key : autoShort ? freeLetter(name, taken) : undefined;
    const short = param.short === undefined ? automatic : param.short || undefined;
    if (short !== undefined) taken.add(short);
    flags.push({ key, name, short, param, takesValue: param.type !== 'bool' && param.type !== 'count' });
  }
  const bySpelling = new Map<string, Flag>();
  const byInverse = new Map<string, Flag>();
  for (const flag of flags) {
    bySpelling.set(`--${flag.name}`, flag);
    if (flag.short !== undefined) bySpelling.set(`-${flag.short}`, flag);
    if (flag.param.type === 'bool' && flag.param.default === true) byInverse.set(`--no-${flag.name}`, flag);
  }
  return { flags, positionals: flags.filter((flag) => flag.param.positional), bySpelling, byInverse };
}

function freeLetter(name: string, taken: ReadonlySet<string>): string | undefined {
  for (const letter of name) if (/[a-z0-9]/i.test(letter) && !taken.has(letter)) return letter;
  return undefined;
}

function kebab(key: string): string {
  return key
    .replace(/^_+|_+$/g, '')
    .replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    .replaceAll('_', '-');
}

/** The flag that a word names: `--call-graph`, `--call_graph` or `-c`. */
export function lookUp(flags: FlagSet, spelling: string): Flag | undefined {
  const known = flags.bySpelling.get(spelling);
  if (known !== undefined || !spelling.startsWith('--')) return known;
  const plain = spelling
    .slice(2)
    .replace(/^_+|_+$/g, '')
    .replaceAll('_', '-');
  return flags.bySpelling.get(`--${plain}`);
}
