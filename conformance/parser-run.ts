import { Writable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { runProgram } from '../src/runner/program.ts';
import { trusted } from '../src/util/brand.ts';
import { UsageError } from '../src/util/errors.ts';
import { treeOf } from './fixture-tree.ts';
import { altFixture, type Difference, type Differences, differences, modelOutcome } from './invoke-model.ts';
import {
  collectionFound,
  type Executed,
  type Fixture,
  type Fixtures,
  type Outcome,
  type ParserCase,
} from './parser-case.ts';
import { Tally } from './tally.ts';

/** What `inv` has not, so that no set of its candidates holds it. */
const ownFlags: ReadonlySet<string> = new Set(['--jobs', '-j', '--json', '--keep-going', '--quiet', '-q']);

/** At most this part of the cases should differ on purpose. */
const MOST_DIFFERENT = 0.12;

const none: Differences = new Set();
const all: Differences = new Set(Object.keys(differences).filter(isDifference));

/**
 * Runs every case on our runner and compares what ran, with which arguments and settings, and how it ended; candidates of
 * completion as sets. Where differences on purpose change what the model of `inv` says, that is what is expected.
 *
 * @returns 0 when nothing failed, else 1.
 */
export async function runParserCases(
  cases: readonly ParserCase[],
  fixtures: Fixtures,
  write: (text: string) => void,
): Promise<number> {
  const tally = new Tally(write);
  let different = 0;
  for (const given of cases) {
    const fixture = fixtures[given.fixture];
    if (fixture === undefined) {
      tally.add(given.id, [], `there is no fixture ${given.fixture}`);
      continue;
    }
    const rules = rulesFor(fixture, given);
    if (rules.length > 0) different += 1;
    const recorded = recordedOutcome(fixture, given);
    const expected = rules.length === 0 ? recorded : modelOutcome(fixture, given, all);
    const actual = await ourOutcome(fixture, given, expected.candidates);
    const named = rules.map((name) => ({ name, reason: differences[name] }));
    tally.add(
      `${given.fixture}: tasks ${given.argv.map((word) => JSON.stringify(word)).join(' ')}`,
      named,
      mismatch(expected, actual),
    );
  }
  const share = cases.length === 0 ? 0 : different / cases.length;
  const isMuch = share > MOST_DIFFERENT ? `, which is more than ${MOST_DIFFERENT * 100} %` : '';
  write(`${different} of ${cases.length} cases differ on purpose: ${(share * 100).toFixed(1)} %${isMuch}\n`);
  return tally.finish();
}

/** The differences without which the model would say something else, in this case. */
export function rulesFor(fixture: Fixture, given: ParserCase): Difference[] {
  const without = modelOutcome(fixture, given, none);
  const withAll = modelOutcome(fixture, given, all);
  if (isDeepStrictEqual(without, withAll)) return [];
  const decisive = [...all].filter((name) => {
    const others = new Set([...all].filter((other) => other !== name));
    return !isDeepStrictEqual(modelOutcome(fixture, given, others), withAll);
  });
  // Two that come to the same thing: either alone is enough.
  if (decisive.length > 0) return decisive;
  return [...all].filter(
    (name) => !isDeepStrictEqual(modelOutcome(fixture, given, new Set([name])), without),
  );
}

/** The recording as far as it is compared; usage errors exit 2 with us, and candidates are what the shell would keep. */
export function recordedOutcome(fixture: Fixture, given: ParserCase): Outcome {
  const { exit, executed, stdout } = given.outcome;
  const model = modelOutcome(fixture, given, none);
  const isUsage = exit === 1 && executed.length === 0 && model.exit === 2;
  const outcome = { exit: isUsage ? 2 : (exit ?? -1), executed: executed.map(comparable) };
  if (exit !== 0 || model.candidates === undefined) return outcome;
  const current = typedWord(given.argv);
  const found = (stdout ?? '').split('\n').filter((line) => line !== '' && line.startsWith(current));
  return { ...outcome, candidates: [...new Set(found)].sort() };
}

/** The word that is to be completed. */
function typedWord(argv: readonly string[]): string {
  const end = argv.indexOf('--');
  const line =
    end === -1
      ? ''
      : argv
          .slice(end + 1)
          .join(' ')
          .replace(/^(inv|invoke|tasks)( |$)/, '');
  return line.split(/\s/).at(-1) ?? '';
}

export async function ourOutcome(
  fixture: Fixture,
  given: ParserCase,
  wanted: readonly string[] | undefined,
): Promise<Outcome> {
  const executed: Executed[] = [];
  const [stdout, stderr] = [sink(), sink()];
  const exit = await runProgram(
    {
      version: () => '1.2.3',
      tree: async (core) => {
        const name = core.collection ?? 'tasks';
        const found = collectionFound(given, core.searchRoot, name);
        if (found === undefined) throw new UsageError(`Can't find any collection named '${name}'!`);
        if (found === 'alt') return treeOf(altFixture, () => {});
        return treeOf(fixture, (task, kwargs, context) => {
          const { echo, dry, hide, pty, warn, timeoutSeconds, dedupe } = context.settings;
          const config = {
            ...(echo ? { 'run.echo': true } : {}),
            ...(dry ? { 'run.dry': true } : {}),
            ...(warn ? { 'run.warn': true } : {}),
            ...(pty ? { 'run.pty': true } : {}),
            ...(hide === undefined ? {} : { 'run.hide': hide }),
            ...(timeoutSeconds === undefined ? {} : { 'timeouts.command': timeoutSeconds }),
            ...(!dedupe ? { 'tasks.dedupe': false } : {}),
          };
          executed.push({ task, kwargs, config, remainder: context.remainder.join(' ') });
        });
      },
    },
    {
      argv: given.argv,
      env: process.env,
      cwd: process.cwd(),
      stdout: stdout.stream,
      stderr: stderr.stream,
      signal: new AbortController().signal,
    },
  );
  const outcome = { exit, executed: executed.map(comparable) };
  if (wanted === undefined) return outcome;
  const found = stdout.text().split('\n');
  return {
    ...outcome,
    candidates: found.filter((word) => word !== '' && (!ownFlags.has(word) || wanted.includes(word))).sort(),
  };
}

/** One notation for both sides: nothing set is nothing said, `stdout` is `out`. */
export function comparable({ task, kwargs, config = {}, remainder = '' }: Executed): Executed {
  const hide = config['run.hide'];
  const plain = hide === 'stdout' ? 'out' : hide === 'stderr' ? 'err' : hide;
  return { task, kwargs, config: hide === undefined ? config : { ...config, 'run.hide': plain }, remainder };
}

export function mismatch(expected: Outcome, actual: Outcome): string | undefined {
  const plain = (outcome: Outcome): Outcome => ({ ...outcome, executed: outcome.executed.map(comparable) });
  if (isDeepStrictEqual(plain(expected), plain(actual))) return undefined;
  const line = (outcome: Outcome): string => JSON.stringify(plain(outcome));
  return `expected ${line(expected)}\nactual   ${line(actual)}`;
}

function isDifference(name: string): name is Difference {
  return Object.hasOwn(differences, name);
}

function sink(): { stream: NodeJS.WriteStream; text: () => string } {
  let text = '';
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString();
      done();
    },
  });
  return { stream: trusted<NodeJS.WriteStream>(stream), text: () => text };
}
