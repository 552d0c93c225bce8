import { isDeepStrictEqual } from 'node:util';
import type { Cluster } from './cluster.ts';
import type { Effects } from './effects.ts';
import { missingFlags } from './help-flags.ts';
import { mismatchOf } from './mismatch.ts';
import { runOwn } from './own-run.ts';
import type { RecordedCase } from './recorded-case.ts';
import { recordedEffects } from './recorded-effects.ts';
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
