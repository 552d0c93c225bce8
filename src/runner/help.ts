import { twoColumns } from './columns.ts';
import type { AnyTask, Param } from './define.ts';
import { type Flag, type FlagSet, flagSet } from './flags.ts';
import { coreFlags } from './given-flags.ts';
import { usageLine } from './grammar.ts';
import type { FoundTask } from './tree.ts';

/** `--help TASK`: usage, docstring, options, examples, from the same data that parses them. */
export function taskHelp(found: FoundTask, columns: number): string {
  const flags = flagSet(found.task);
  const parts = [
    `Usage: ${usageLine({ flags, found })}`,
    '',
    'Docstring:',
    ...found.task.doc
      .trim()
      .split('\n')
      .map((line) => (line === '' ? '' : `  ${line}`)),
    '',
    'Options:',
    optionTable(flags, columns),
    ...examples(found.task),
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

function examples(task: AnyTask): string[] {
  const lines = task.examples ?? [];
  return lines.length === 0 ? [] : ['', 'Examples:', ...lines.map((line) => `  ${line}`)];
}

function optionTable(set: FlagSet, columns: number): string {
  const shown = set.flags.filter((flag) => flag.param.hidden !== true);
  if (shown.length === 0) return '  none';
  const rows = shown
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((flag) => ({ left: spelling(flag), right: description(flag.param) }));
  return twoColumns(rows, columns, 38);
}

function spelling(flag: Flag): string {
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

function description(param: Param): string {
  const isPlain =
    param.type === 'bool' || param.type === 'count' || param.default === undefined || param.default === '';
  return [param.help ?? '', isPlain ? '' : `(default: ${String(param.default)})`].filter(Boolean).join(' ');
}
