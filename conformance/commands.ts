import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { Cluster } from './commands/cluster.ts';
import { judgeDocsLine, readDocsLines } from './commands/docs-lines.ts';
import { judge } from './commands/mismatch.ts';
import { readCases } from './commands/recorded-case.ts';
import { Tally } from './tally.ts';

// `npm run conformance:commands -- [--cases FILE] [--docs FILE] [--only REGEX] [--verbose]`: the command lines that Faasm's
// `inv` trees were recorded with, typed into `tasks`, each in a scratch tree of its own with fake programs and a fake
// cluster. Compared are children, their folders and environments, requests, files, and success. The lines of Faasm's
// documents (`--docs`) need only be readable. Files may be gzipped; with neither, both of this repository are run.

const CASES = 'test/fixtures/golden/commands.json.gz';
const DOCS = 'test/fixtures/golden/docs-commands.json.gz';

const { values } = parseArgs({
  options: {
    cases: { type: 'string' },
    docs: { type: 'string' },
    only: { type: 'string', default: '' },
    verbose: { type: 'boolean', default: false },
  },
});
const only = new RegExp(values.only);
const isDefault = values.cases === undefined && values.docs === undefined;
const tally = new Tally((text) => process.stdout.write(text));
const casesFile = values.cases ?? (isDefault ? CASES : undefined);
if (casesFile !== undefined) await compareCases(await textOf(casesFile));
const docsFile = values.docs ?? (isDefault ? DOCS : undefined);
if (docsFile !== undefined) await readLines(await textOf(docsFile));
process.exitCode = tally.finish();

async function compareCases(text: string): Promise<void> {
  const cluster = await Cluster.start();
  try {
    for (const given of readCases(text)) {
      const title = `${given.id} [${given.tree} ${given.group}] ${given.command}`;
      if (!only.test(title)) continue;
      const { rules, mismatch, said } = await judge(given, cluster);
      tally.add(title, rules, mismatch === undefined ? undefined : `${mismatch}\n${spoken(said)}`);
    }
  } finally {
    await cluster.close();
  }
}

async function readLines(text: string): Promise<void> {
  for (const line of readDocsLines(text)) {
    if (!only.test(line.command)) continue;
    const verdict = await judgeDocsLine(line);
    if (verdict !== undefined) tally.add(line.command, verdict.rules, verdict.failure);
  }
}

async function textOf(path: string): Promise<string> {
  const bytes = await readFile(path);
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** The last of what was said: the failure. */
function spoken(said: string): string {
  const lines = said.trimEnd().split('\n');
  const displayName = values.verbose ? lines : lines.slice(-6);
  return displayName.map((line) => `| ${line}`).join('\n');
}
