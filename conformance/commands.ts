import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Cluster } from './commands/cluster.ts';
import { readCases } from './commands/recorded-case.ts';
import { judge } from './commands/verdict.ts';
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
  const { rules, mismatch, said } = await judge(given, cluster);
  tally.add(title, rules, mismatch === undefined ? undefined : `${mismatch}\n${spoken(said)}`);
}
await cluster.close();
process.exitCode = tally.finish();

/** The first of what was said: the failure. */
function spoken(said: string): string {
  const lines = said.trimEnd().split('\n');
  const shown = values.verbose ? lines : lines.slice(-6);
  return shown.map((line) => `| ${line}`).join('\n');
}
