import { exitCodeMeanings } from '../util/errors.ts';
import { conditionText } from './args.ts';
import { firstSentence, type Row, twoColumns } from './columns.ts';
import type { Param } from './define.ts';
import { coreFlags, type Flag, type FlagSet, flagSet, usageLine } from './flags.ts';
import type { FoundTask, ListedTask, TaskFacts, TaskTree } from './tree.ts';

/** A task beside what stands around it. */
export interface DescribedTask {
  readonly found: FoundTask;
  readonly task: TaskFacts;
  /** What one may want next: what the task names itself, else its neighbours. */
  readonly related: readonly ListedTask[];
}

const MOST_NEIGHBOURS = 5;

/** Looks up what belongs to a task's help. A related task that does not exist is left out. */
export async function describedTask(found: FoundTask, tree: TaskTree): Promise<DescribedTask> {
  const { task, fullName } = found;
  const all = await tree.list();
  const named = task.related?.flatMap((name) => all.find((listed) => listed.fullName === name) ?? []);
  const space = fullName.slice(0, fullName.lastIndexOf('.') + 1);
  const isNeighbour = (name: string): boolean =>
    name !== fullName && name.startsWith(space) && !name.slice(space.length).includes('.');
  const neighbours = all.filter((listed) => isNeighbour(listed.fullName)).slice(0, MOST_NEIGHBOURS);
  return { found, task, related: named ?? neighbours };
}

/** `--help TASK`: usage, docstring, options, examples, exit codes and what one may want next, from the data that parses them. */
export function taskHelp({ found, task, related }: DescribedTask, columns: number): string {
  const flags = flagSet(task);
  const parts = [
    `Usage: ${usageLine({ flags, found })}`,
    '',
    'Docstring:',
    ...task.doc
      .trim()
      .split('\n')
      .map((line) => (line === '' ? '' : `  ${line}`)),
    '',
    'Options:',
    optionTable(flags, columns),
    ...section('After --', remainderText(task, columns)),
    ...section('Examples', (task.examples ?? []).map((line) => `  ${line}`).join('\n')),
    ...section('Exit codes', twoColumns(exitCodeRows(task), columns)),
    ...section('Related', twoColumns(related.map(relatedRow), columns)),
    '',
    'Core options such as --dry, --echo, --json and --quiet may stand anywhere: tasks --help',
  ];
  return parts.join('\n');
}

/** `--help` alone: what the program takes before and between tasks. */
export function coreHelp(columns: number): string {
  return [
    'Usage: tasks [--core-opts] task1 [--task1-opts] ... taskN [--taskN-opts]',
    '',
    'Core options:',
    optionTable(coreFlags, columns),
    '',
    'Try: tasks --list, tasks --help flame, tasks flame demo echo --reps=5000',
  ].join('\n');
}

function section(title: string, text: string): string[] {
  return text === '' ? [] : ['', `${title}:`, text];
}

function remainderText({ remainder }: TaskFacts, columns: number): string {
  return remainder === undefined
    ? ''
    : twoColumns([{ left: `${remainder.metavar}…`, right: remainder.help }], columns);
}

/** The codes of every task, its own texts for some of them. */
function exitCodeRows({ exitCodes = {} }: TaskFacts): Row[] {
  const all = { ...exitCodeMeanings, ...exitCodes };
  return Object.entries(all)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([left, right]) => ({ left, right }));
}

function relatedRow({ fullName, task }: ListedTask): Row {
  return { left: fullName, right: firstSentence(task.doc) };
}

function optionTable(set: FlagSet, columns: number): string {
  const displayed = set.flags.filter((flag) => flag.param.hidden !== true);
  if (displayed.length === 0) return '  none';
  const rows = displayed
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((flag) => ({ left: spelling(flag), right: description(flag, set) }));
  return twoColumns(rows, columns, { mostLeft: 38 });
}

/** `-f N, --frequency=N`. */
export function spelling(flag: Flag): string {
  const value = metavar(flag.param);
  const optional = 'valueOptional' in flag.param && flag.param.valueOptional === true;
  const isInverse = flag.param.type === 'bool' && flag.param.default === true;
  const name = isInverse ? `--[no-]${flag.name}` : `--${flag.name}`;
  const long = value === '' ? name : optional ? `${name}[=${value}]` : `${name}=${value}`;
  if (flag.short === undefined) return long;
  const short =
    value === '' ? `-${flag.short}` : optional ? `-${flag.short} [${value}]` : `-${flag.short} ${value}`;
  return `${short}, ${long}`;
}

function metavar(param: Param): string {
  if (param.type === 'bool' || param.type === 'count') return '';
  if ('metavar' in param && param.metavar !== undefined) return param.metavar;
  if (param.type === 'string' && param.choices !== undefined) return param.choices.join('|');
  return { string: 'STRING', int: 'INT', float: 'FLOAT', list: 'STRING' }[param.type];
}

function description({ param }: Flag, set: FlagSet): string {
  const isPlain =
    param.type === 'bool' || param.type === 'count' || param.default === undefined || param.default === '';
  const among = (conditions: readonly string[]): string =>
    conditions.map((condition) => conditionText(set, condition)).join(' or ');
  return [
    param.help ?? '',
    isPlain ? '' : `(default: ${String(param.default)})`,
    param.onlyWith === undefined ? '' : `(only with ${among(param.onlyWith)})`,
    param.notWith === undefined ? '' : `(not with ${among(param.notWith)})`,
  ]
    .filter(Boolean)
    .join(' ');
}
