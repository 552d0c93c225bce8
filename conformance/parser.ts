import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Fixtures, ParserCase } from './parser-case.ts';
import { runParserCases } from './parser-run.ts';

// `npm run conformance:parser -- [--cases FILE] [--fixtures FILE]`: recorded command lines of `inv` on our runner.

const { values } = parseArgs({ options: { cases: { type: 'string' }, fixtures: { type: 'string' } } });
const cases: readonly ParserCase[] = read(values.cases ?? golden('inv-parser-cases.public.json'));
const fixtures: Fixtures = read(values.fixtures ?? golden('inv-parser-fixtures.json'));
process.exitCode = await runParserCases(cases, fixtures, (text) => process.stdout.write(text));

/** Recordings lie beside the checkout, or among the tests. */
function golden(name: string): string {
  const places = ['../../shared/golden/', '../test/fixtures/golden/'];
  const [found] = places
    .map((place) => fileURLToPath(new URL(place + name, import.meta.url)))
    .filter((path) => existsSync(path));
  if (found === undefined) throw new Error(`${name} is not there; name it with --cases or --fixtures`);
  return found;
}

function read<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8'));
}
