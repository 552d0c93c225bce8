import { isDeepStrictEqual } from 'node:util';
import { shellLine } from '../../src/util/shell-word.ts';
import type { Cluster } from './cluster.ts';
import { missingFlags } from './help-flags.ts';
import { runOwn } from './own-run.ts';
import type { RecordedCase } from './recorded-case.ts';
import { type Effects, type Fate, type Ran, recordedEffects, type Sent } from './recorded-effects.ts';
import { commandRules } from './rules/index.ts';
import { shellWords } from './rules/line.ts';
import type { CommandRule } from './rules/rule.ts';

/** What became of one case. */
export interface Verdict {
  /** The rules without which something else would be expected. */
  readonly rules: readonly CommandRule[];
  readonly mismatch: string | undefined;
  /** What `tasks` said. */
  readonly said: string;
}

/** Runs a case and compares what it did with what is expected of it. */
export async function judge(given: RecordedCase, cluster: Cluster): Promise<Verdict> {
  const recorded = recordedEffects(given);
  const plain = recordedEffects(given, shellWords(given));
  const rules: CommandRule[] = [];
  let expected = recorded;
  for (const rule of commandRules) {
    if (!rule.covers(given)) continue;
    const changed = rule.instead(expected, given);
    if (isDeepStrictEqual(changed, expected)) continue;
    expected = changed;
    rules.push(rule);
  }
  const { effects, said } = await runOwn(given, plain, cluster);
  const differences = [
    mismatchOf(await settled(expected, given, plain, cluster), effects),
    ...missingFlags(given, said),
  ].filter((line) => line !== undefined);
  return { rules, mismatch: differences.length === 0 ? undefined : differences.join('\n'), said };
}

/** `like` another line: what that one does. */
async function settled(
  expected: Effects,
  given: RecordedCase,
  recorded: Effects,
  cluster: Cluster,
): Promise<Effects> {
  if (expected.like === undefined) return expected;
  const { argv, tree, edit } = expected.like;
  const { effects } = await runOwn({ ...given, argv: [...argv], tree }, recorded, cluster);
  return edit?.(effects) ?? effects;
}

/** What differs between expected effects and ours, a line a difference; undefined when nothing does. */
export function mismatchOf(expected: Effects, ours: Effects): string | undefined {
  const lines: string[] = [];
  if (expected.success !== ours.success)
    lines.push(`expected ${word(expected.success)}, ours ${word(ours.success)}`);
  lines.push(
    ...listDifference('command', expected.commands.map(plainRan), ours.commands.map(plainRan), ranText),
    ...listDifference('request', expected.requests.map(plainSent), ours.requests.map(plainSent), sentText),
    ...fileDifference(expected.files, ours.files),
  );
  return lines.length === 0 ? undefined : lines.join('\n');
}

function word(success: boolean): string {
  return success ? 'success' : 'failure';
}

function listDifference<T>(
  what: string,
  expected: readonly T[],
  ours: readonly T[],
  text: (item: T) => string,
): string[] {
  const lines: string[] = [];
  for (let i = 0; i < Math.max(expected.length, ours.length); i++) {
    const [theirs, own] = [expected[i], ours[i]];
    if (isDeepStrictEqual(theirs, own)) continue;
    lines.push(`${what} ${i + 1}`);
    if (theirs !== undefined) lines.push(`  expected ${text(theirs)}`);
    if (own !== undefined) lines.push(`  ours     ${text(own)}`);
  }
  return lines;
}

/** A program that is found on PATH and its whole name there are the same. */
function plainRan({ argv: [program = '', ...args], cwd, env, isEnvReplaced = false }: Ran): Ran {
  const added = Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    argv: [program.replace(/^\$\{BIN\}\//, ''), ...args],
    cwd,
    env: Object.fromEntries(added),
    isEnvReplaced,
  };
}

function plainSent({ method, url, json, filePath, body }: Sent): Sent {
  return { method, url, json, filePath, body };
}

function ranText({ argv, cwd, env, isEnvReplaced }: Ran): string {
  const added = Object.entries(env).map(([name, value]) =>
    value === undefined ? `-u ${name}` : shellLine([`${name}=${value}`]),
  );
  const only = isEnvReplaced === true ? ['env', '-i'] : [];
  return [...only, ...added, shellLine(argv), `(in ${cwd})`].join(' ');
}

function sentText({ method, url, json, filePath, body }: Sent): string {
  const parts = [
    method,
    url,
    ...(json === undefined ? [] : [JSON.stringify(json)]),
    ...(filePath === undefined ? [] : [`FilePath: ${filePath}`]),
    ...(body === undefined ? [] : [JSON.stringify(body)]),
  ];
  return parts.join(' ');
}

function fileDifference(expected: ReadonlyMap<string, Fate>, ours: ReadonlyMap<string, Fate>): string[] {
  const lines: string[] = [];
  for (const path of [...new Set([...expected.keys(), ...ours.keys()])].sort()) {
    const [theirs, own] = [expected.get(path), ours.get(path)];
    // A folder is made for what is in it.
    const isFolder =
      theirs === 'there' ? hasInside(ours, path) : own === 'there' && hasInside(expected, path);
    const isThere = theirs === 'there' && own !== undefined && own !== 'deleted';
    const isSame = isFolder || isThere || isDeepStrictEqual(theirs, own);
    if (!isSame) lines.push(`file ${path}`, `  expected ${fateText(theirs)}`, `  ours     ${fateText(own)}`);
  }
  return lines;
}

function hasInside(files: ReadonlyMap<string, Fate>, folder: string): boolean {
  return [...files].some(([path, fate]) => fate !== 'deleted' && path.startsWith(`${folder}/`));
}

function fateText(fate: Fate | undefined): string {
  if (fate === undefined) return 'as before';
  return typeof fate === 'string' ? fate : `written: ${JSON.stringify(fate.content.slice(0, 100))}`;
}
