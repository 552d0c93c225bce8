import { exitCodeMeanings } from '../util/errors.ts';
import { coreParams } from './core-flags.ts';
import { type Flag, flagSet, usageLine } from './flags.ts';
import { spelling } from './help.ts';
import type { NamespaceFacts, TaskFacts } from './tree.ts';

// man(7), the macros that every man understands: groff's, mandoc's and BSD's. Text is escaped once, at the door: a
// backslash starts an escape, a dot or an apostrophe at the start of a line a request, and a bare `-` may become a hyphen,
// which nobody can copy into a shell.

/** What stands around the tasks. */
interface ManPageFacts {
  readonly version: string;
  /** The day it was built, YYYY-MM-DD. */
  readonly date: string;
}

/** The manual page of the whole program, section 1, from what its tasks say about themselves. */
export function manPage(root: NamespaceFacts, { version, date }: ManPageFacts): string {
  const lines = [
    `.TH TASKS 1 ${date} "faasm\\-tasks ${text(version)}" "User Commands"`,
    '.SH NAME',
    `tasks \\- ${text(root.doc.split('\n')[0] ?? '')}`,
    '.SH SYNOPSIS',
    '.B tasks',
    text('[core options] TASK [options] [TASK [options] …] [-- remainder]'),
    '.SH DESCRIPTION',
    ...paragraphs(
      'Each task takes its own options and positional arguments; several tasks may stand in one line. A namespace with a default task may be called by its bare name.',
    ),
    '.SH "CORE OPTIONS"',
    ...flagSet({ params: coreParams }).flags.flatMap(option),
    ...namespaceLines(root, []),
    '.SH "EXIT STATUS"',
    ...Object.entries(exitCodeMeanings).flatMap(([code, meaning]) => item(code, meaning)),
    '.SH "SEE ALSO"',
    text('perf(1), cmake(1)'),
  ];
  return `${lines.join('\n')}\n`;
}

function namespaceLines(facts: NamespaceFacts, path: readonly string[]): string[] {
  const tasks = sorted(facts.tasks);
  const heading = path.length === 0 ? 'TASKS' : path.join('.').toUpperCase();
  const own = tasks.flatMap(([name, task]) =>
    taskLines([...path, name].join('.'), task, facts.default === name, path),
  );
  const doc = path.length === 0 ? [] : paragraphs(facts.doc);
  const inner = sorted(facts.namespaces ?? {}).flatMap(([name, deeper]) =>
    namespaceLines(deeper, [...path, name]),
  );
  return [...(tasks.length === 0 ? [] : [`.SH ${quoted(heading)}`, ...doc, ...own]), ...inner];
}

function taskLines(fullName: string, task: TaskFacts, isDefault: boolean, path: readonly string[]): string[] {
  const flags = flagSet(task);
  const typedName = isDefault && path.length > 0 ? path.join('.') : fullName;
  const displayed = flags.flags.filter(({ param }) => param.hidden !== true);
  return [
    `.SS ${quoted(usageLine({ flags, found: { fullName, typedName, task } }))}`,
    ...paragraphs(task.doc),
    ...displayed.flatMap(option),
    ...examples(task.examples ?? []),
    ...Object.entries(task.exitCodes ?? {}).flatMap(([code, meaning]) => item(`exit ${code}`, meaning)),
  ];
}

function option(flag: Flag): string[] {
  if (flag.param.hidden === true) return [];
  const { param } = flag;
  const isSaid = param.type !== 'bool' && param.default !== undefined && String(param.default) !== '';
  const defaultText = isSaid ? ` (default: ${String(param.default)})` : '';
  return item(spelling(flag), `${param.help ?? ''}${defaultText}`);
}

function item(head: string, body: string): string[] {
  return ['.TP', `.B ${quoted(head)}`, ...(body.trim() === '' ? ['\\&'] : text(body).split('\n'))];
}

function examples(lines: readonly string[]): string[] {
  return lines.length === 0
    ? []
    : ['.PP', 'Examples:', '.PP', '.nf', '.RS', ...lines.map(text), '.RE', '.fi'];
}

function paragraphs(doc: string): string[] {
  return doc
    .trim()
    .split(/\n\s*\n/)
    .flatMap((paragraph, at) => [...(at === 0 ? [] : ['.PP']), ...text(paragraph).split('\n')]);
}

/** Text as roff reads it back. */
function text(plain: string): string {
  return plain
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('…', '...')
    .replaceAll('’', "'")
    .replace(/^(?=[.'])/gm, '\\&')
    .replace(
      /[^\n\u0020-\u007e]/gu,
      (char) => `\\[u${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    );
}

/** A macro's argument. */
function quoted(plain: string): string {
  return `"${text(plain).replaceAll('"', '\\(dq')}"`;
}

function sorted<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
