import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ParameterDifference, parameterDifferences } from '../../conformance/parameters.ts';
import { parseArgs } from '../../src/runner/args.ts';
import type { Param, Params } from '../../src/runner/define.ts';
import { type Flag, flagSet } from '../../src/runner/flags.ts';
import { parseLine } from '../../src/runner/grammar.ts';
import { TaskTree } from '../../src/runner/tree.ts';
import { messageOf } from '../../src/util/errors.ts';
import { tree } from '../../tasks/index.ts';

interface Recorded {
  readonly name: string;
  readonly default?: string | number | boolean | null;
}

/** The parameters of each task of the two recorded trees, in their order; one without a default is positional. */
const recorded: Readonly<Record<'old' | 'new', Readonly<Record<string, readonly Recorded[]>>>> = JSON.parse(
  readFileSync(new URL('../fixtures/golden/inv-parameters.json', import.meta.url), 'utf8'),
);
const root = new TaskTree(tree);

/** As Invoke declares it, so that its rule for one-letter flags gives the recorded ones. */
function asDeclared({ name, default: fallback }: Recorded): [string, Param] {
  if (typeof fallback === 'boolean') return [name, { type: 'bool', default: fallback }];
  if (typeof fallback === 'number') return [name, { type: 'int', default: fallback }];
  return [name, { type: 'string', positional: fallback === undefined }];
}

function valueFor({ key }: Flag, ours: Params): string {
  const param = Object.entries(ours).find(([name]) => name === camel(key))?.[1];
  if (param?.type === 'int') return '3';
  if (param?.type === 'string' && param.choices !== undefined) return param.choices.at(-1) ?? '';
  return 'x';
}

function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** What our task gets of a line, without what it does not get by default. */
async function gotOf(words: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const [call] = (await parseLine(words, root)).calls;
  assert.ok(call, words.join(' '));
  return { ...parseArgs(call.flags, call.given, call.found.task.params) };
}

/** What is wrong with one line: it is refused, or its parameter is something else. */
async function problemOf(line: readonly string[], key: string, wanted: unknown): Promise<string[]> {
  const typed = `tasks ${line.join(' ')}`;
  try {
    const got = (await gotOf(line))[key] ?? null;
    return got === wanted ? [] : [`${typed}: ${key} is ${String(got)}, not ${String(wanted)}`];
  } catch (error) {
    return [`${typed}: ${messageOf(error)}`];
  }
}

test('every parameter of every recorded task is taken by place, by name and by letter, with its default', async () => {
  let tried = 0;
  const used = new Set<ParameterDifference>();
  const problems: string[] = [];
  for (const [task, parameters] of [...Object.entries(recorded.old), ...Object.entries(recorded.new)]) {
    const found = await root.find(task);
    assert.ok(found, task);
    const theirs = flagSet({ params: Object.fromEntries(parameters.map(asDeclared)) });
    const required = theirs.positionals.map((flag) => valueFor(flag, found.task.params));
    for (const flag of theirs.flags) {
      const key = camel(flag.key);
      const differs = (what: ParameterDifference['what']): boolean => {
        const row = parameterDifferences.find(
          (one) =>
            one.task.test(task) &&
            one.parameter === flag.name &&
            one.what === what &&
            (one.letter ?? flag.short) === flag.short,
        );
        if (row !== undefined) used.add(row);
        return row !== undefined;
      };
      if (differs('program')) continue;
      const { default: fallback } = parameters.find(({ name }) => name === flag.key) ?? {};
      const value = valueFor(flag, found.task.params);
      const typed = found.task.params[key]?.type === 'int' ? 3 : value;
      if (!differs('default')) {
        const wanted = flag.param.positional === true ? typed : (fallback ?? null);
        problems.push(...(await problemOf([task, ...required], key, wanted)));
      }
      const others = required.filter((_, at) => theirs.positionals[at] !== flag);
      const letter = `-${flag.short}`;
      const isOn = fallback === true;
      const lines: [string[], unknown][] = flag.takesValue
        ? [
            [`--${flag.name}`, value],
            [`--${flag.name}=${value}`],
            [letter, value],
            [`${letter}${value}`],
          ].map((words) => [words, typed])
        : [
            [[`--${flag.name}`], true],
            [[letter], true],
            ...(isOn ? [[[`--no-${flag.name}`], false] satisfies [string[], boolean]] : []),
          ];
      const isLetterOther = differs('letter');
      for (const [words, wanted] of lines) {
        if (isLetterOther && words[0]?.startsWith('--') === false) continue;
        tried += 1;
        problems.push(...(await problemOf([task, ...words, ...others], key, wanted)));
      }
    }
  }
  assert.equal(problems, []);
  assert.ok(tried > 300, `${tried}`);
  for (const row of parameterDifferences) assert.ok(used.has(row), `${row.name} is there in vain`);
});

test.run();
