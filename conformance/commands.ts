import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Cluster } from './commands/cluster.ts';
import { mismatchOf } from './commands/mismatch.ts';
import { runOwn } from './commands/own-run.ts';
import { readCases } from './commands/recorded-case.ts';
import { recordedEffects } from './commands/recorded-effects.ts';
import { commandRules } from './commands/rules.ts';
import { Tally } from './tally.ts';

// `npm run conformance:commands -- [--cases FILE] [--only REGEX]`: the command lines that Faasm's `inv` trees were recorded
// with, typed into `tasks`, each in a scratch tree of its own with fake programs and a fake cluster. Compared are children,
// their folders and environments, requests, files, and success.

const { values } = parseArgs({
  options: {
    cases: { type: 'string' },
    only: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
});
const only = new RegExp(values.only ?? '');
const cases = readCases(await readFile(values.cases ?? '', 'utf8'));
const tally = new Tally((text) => process.stdout.write(text));
const cluster = await Cluster.start();
for (const given of cases) {
  const title = `${given.id} [${given.tree} ${given.group}] ${given.command}`;
  if (!only.test(title)) continue;
  const rules = commandRules.filter((rule) => rule.covers(given));
  const recorded = recordedEffects(given);
  const expected = rules.reduce((effects, rule) => rule.instead(effects, given), recorded);
  const { effects, said } = await runOwn(given, recorded, cluster);
  const mismatch = mismatchOf(expected, effects);
  tally.add(
    title,
    rules,
    mismatch === undefined ? undefined : `${mismatch}\n${said.trim().replace(/^/gm, '| ')}`,
  );
}
await cluster.close();
process.exitCode = tally.finish();
