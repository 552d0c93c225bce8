import { parse } from 'shell-quote';
import { z } from 'zod';
import { parseArgs } from '../../src/runner/args.ts';
import { parseLine } from '../../src/runner/grammar.ts';
import { TaskTree } from '../../src/runner/tree.ts';
import { messageOf } from '../../src/util/errors.ts';
import { tree } from '../../tasks/index.ts';

// The `inv` lines of Faasm's own documents, scripts and CI files: those that belong to this tree must be readable.

const docsLine = z.object({
  command: z.string(),
  last_seen_commit_date: z.string(),
  in_head: z.boolean(),
});

export type DocsLine = z.output<typeof docsLine>;

export function readDocsLines(text: string): DocsLine[] {
  return z.array(docsLine).parse(JSON.parse(text));
}

/** Why a line of a document need not be readable; decided from its words and its age. */
interface DocsRule {
  readonly name: string;
  readonly reason: string;
  readonly covers: (argv: readonly string[], line: DocsLine) => boolean;
}

/** The older of the two recorded trees has had its flags since then. */
const FLAGS_SETTLED = '2022-03-01';
const GONE = /^--(host|knative|local|native|port|prebuilt|sgx|subdir|ts|wamr)(=|$)/;

export const docsRules: readonly DocsRule[] = [
  {
    name: 'flags that were gone before 2023',
    reason: 'both recorded trees refuse them too',
    covers: (argv, line) =>
      line.last_seen_commit_date < FLAGS_SETTLED &&
      /^(codegen|invoke|redis|run|upload)(\.|$)/.test(argv[0] ?? '') &&
      argv.some((word) => GONE.test(word)),
  },
  {
    name: 'upload of a client repository',
    reason: 'USER FUNC without a file is the task of faasm/cpp and faasm/python, which know where theirs is',
    covers: (argv) => argv[0] === 'upload' && argv.filter((word) => !word.startsWith('-')).length === 3,
  },
  {
    name: 'a name in prose',
    reason: '"see `inv flame`": a task without any of its arguments',
    covers: (argv) => argv.length === 1 || (argv.length === 2 && argv[0] === 'wast'),
  },
];

/** The words of a line: placeholders are X (numbers 1), brackets are dropped, of alternatives the first is taken. */
export function docsWords(command: string): string[] | undefined {
  // Variables of a script or a CI matrix can be anything.
  if (!command.startsWith('inv ') || command.includes('$')) return undefined;
  const plain = command
    .replace(/<[^<>]*>/g, (name) => (/id|size|number/i.test(name) ? '1' : 'X'))
    .replace(/[[\]]/g, '')
    .replace(/(\w+)(\|\w+)+/g, '$1');
  const words = parse(plain).map((part) =>
    typeof part === 'string' ? part : 'pattern' in part ? part.pattern : '',
  );
  const [, ...argv] = words;
  // The older tree was named on each line.
  return argv[0] === '-r' ? argv.slice(2) : argv;
}

/** What a line is to us: not ours, covered by a rule, or to be read; `failure` says why it cannot be. */
export async function judgeDocsLine(
  line: DocsLine,
): Promise<{ readonly rules: readonly DocsRule[]; readonly failure: string | undefined } | undefined> {
  const argv = docsWords(line.command);
  if (argv === undefined) return undefined;
  const root = new TaskTree(tree);
  const [first = ''] = argv;
  if (/^-/.test(first) || (await root.find(first)) === undefined) return undefined;
  try {
    const { calls } = await parseLine(argv, root);
    for (const { found, flags, given } of calls) parseArgs(flags, given, found.task.params);
    return { rules: [], failure: undefined };
  } catch (error) {
    const rules = docsRules.filter((rule) => rule.covers(argv, line));
    return { rules, failure: rules.length > 0 ? undefined : messageOf(error) };
  }
}
