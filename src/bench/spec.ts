/*
 * The spec of a benchmark: the file that Faasm's microbench_runner reads (src/runner/MicrobenchRunner.cpp), a line a
 * function:
 *
 *   user,func,n_runs,input
 *
 * Faasm cuts at every comma and knows no quotes, so an input can hold neither commas nor line breaks. Blank lines are
 * passed over there too; lines that begin with # are comments here only, and the runner never sees them: it gets lines
 * made by `runnerSpec`. A BOM, CRLF and blanks around fields are what editors leave behind, and are dropped.
 */
import { UsageError } from '../util/errors.ts';
import { at } from '../util/indexed.ts';
import { near } from '../util/near.ts';

/** One line of a spec: a function with its input, and how often a measurement calls it. */
export interface SpecLine {
  readonly user: string;
  readonly func: string;
  readonly runs: number;
  readonly input: string;
  /** Line in the file, from 1. */
  readonly line: number;
}

/** Something wrong in a spec, at a place in its text (both from 1; columns count characters). */
export interface SpecMistake {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** What reading a spec gave: its good lines, every mistake, and remarks on what is allowed but perhaps not meant. */
export interface CheckedSpec {
  readonly lines: readonly SpecLine[];
  readonly mistakes: readonly SpecMistake[];
  readonly remarks: readonly string[];
}

const SHAPE = 'user,func,n_runs,input';
const EXAMPLE = 'demo,echo,1000,foobar';
/** As many as nine digits hold: what both runners can count. */
const MOST_RUNS = 999_999_999;

interface Field {
  readonly text: string;
  readonly column: number;
}

/**
 * Reads a whole spec and finds every mistake in it, not only the first.
 *
 * @param known the functions there are, as `user/func`
 */
export function checkSpec(text: string, known: readonly string[]): CheckedSpec {
  const lines: SpecLine[] = [];
  const mistakes: SpecMistake[] = [];
  const seen = new Map<string, number>();
  const remarks: string[] = [];
  for (const [index, raw] of text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    const line = index + 1;
    if (raw.trim() === '' || raw.trim().startsWith('#')) continue;
    const fields = splitLine(raw);
    const found = mistakesIn(fields, known);
    mistakes.push(...found.map((mistake) => ({ line, ...mistake })));
    const [user = '', func = '', runs = '', input = ''] = fields.map((field) => field.text);
    if (found.length > 0) continue;
    const key = JSON.stringify([user, func, input]);
    const first = seen.get(key);
    if (first !== undefined)
      remarks.push(
        `lines ${first} and ${line} are the same (${user}/${func}): their runs are counted together`,
      );
    seen.set(key, first ?? line);
    lines.push({ user, func, runs: Number(runs), input, line });
  }
  if (lines.length === 0 && mistakes.length === 0)
    mistakes.push({ line: 1, column: 1, message: `there is no line to run; each is ${SHAPE}` });
  return { lines, mistakes, remarks };
}

/** The good lines of a spec. @throws UsageError that lists every mistake as `LABEL:LINE:COLUMN: what is meant`. */
export function specOrFail({ lines, mistakes }: CheckedSpec, label: string): readonly SpecLine[] {
  const [only] = mistakes;
  if (only === undefined) return lines;
  const listed = mistakes
    .slice(0, MOST_LISTED)
    .map(({ line, column, message }) => `${label}:${line}:${column}: ${message}`);
  if (mistakes.length > MOST_LISTED) listed.push(`and ${mistakes.length - MOST_LISTED} more`);
  const hints = [`Each line is ${SHAPE}, for example: ${EXAMPLE}`];
  if (mistakes.length === 1)
    throw new UsageError(`Nothing was run, for a mistake in the spec: ${listed[0]}`, { hints });
  throw new UsageError(`Nothing was run, for ${mistakes.length} mistakes in the spec ${label}`, {
    detail: listed.join('\n'),
    hints,
  });
}

/** A person fixes no more at a time, and a results file in the place of the spec has a mistake in every line. */
const MOST_LISTED = 50;

/** The lines as a runner reads them: as they are for Faasm's, quoted where it matters for the embedded one, which knows quotes. */
export function runnerSpec(lines: readonly SpecLine[], engine: 'faasm' | 'embedded'): string {
  const field = (text: string): string =>
    engine === 'embedded' && (text.includes('"') || text !== text.trim())
      ? `"${text.replaceAll('"', '""')}"`
      : text;
  return lines
    .map(({ user, func, runs, input }) => `${[user, func, String(runs), input].map(field).join(',')}\n`)
    .join('');
}

function splitLine(raw: string): Field[] {
  const fields: Field[] = [];
  let offset = 0;
  for (const part of raw.split(',')) {
    const blanks = part.length - part.trimStart().length;
    fields.push({ text: part.trim(), column: columnAt(raw, offset + (blanks === part.length ? 0 : blanks)) });
    offset += part.length + 1;
  }
  // An input keeps the blanks in front of it: the runner reads from the comma on.
  const input = fields[3];
  if (input !== undefined && fields.length === 4)
    fields[3] = { ...input, text: at(raw.split(','), 3).trimEnd() };
  return fields;
}

/** A column in characters, which is what an editor shows, from an offset in UTF-16 units. */
function columnAt(raw: string, offset: number): number {
  return [...raw.slice(0, offset)].length + 1;
}

function mistakesIn(fields: readonly Field[], known: readonly string[]): Omit<SpecMistake, 'line'>[] {
  const [user, func, runs, , extra] = fields;
  if (user === undefined) return [];
  const names = fields.slice(0, 3).map((field) => field.text.toLowerCase());
  if (/^users?$/.test(names[0] ?? '') && /^func(tion)?$/.test(names[1] ?? '') && !/^\d/.test(names[2] ?? ''))
    return [
      {
        column: user.column,
        message: 'this is a header, which the format does not have; begin it with # or leave it out',
      },
    ];
  if (func === undefined || runs === undefined)
    return [
      {
        column: fields.at(-1)?.column ?? 1,
        message: `${fields.length} field${fields.length === 1 ? '' : 's'} of at least 3: ${SHAPE}`,
      },
    ];
  const found = [...nameMistakes(user, func, known), ...runMistakes(runs)];
  if (extra !== undefined)
    found.push({
      column: extra.column,
      message:
        "a comma in the input: Faasm's format cannot hold one, quoted or not (the runner cuts at every comma)",
    });
  if (fields.some((field) => field.text.includes('\0')))
    found.push({ column: user.column, message: 'a NUL byte: this is no text' });
  return found;
}

function nameMistakes(user: Field, func: Field, known: readonly string[]): Omit<SpecMistake, 'line'>[] {
  if (user.text === '') return [{ column: user.column, message: 'the user is missing' }];
  if (func.text === '') return [{ column: func.column, message: 'the function is missing' }];
  const name = `${user.text}/${func.text}`;
  if (known.includes(name)) return [];
  const isUserKnown = known.some((other) => other.startsWith(`${user.text}/`));
  const meant = near(name, known);
  const hint = meant.length === 0 ? '' : `; did you mean ${meant.join(' or ')}?`;
  return [
    {
      column: isUserKnown ? func.column : user.column,
      message: `there is no function ${JSON.stringify(name).slice(1, -1)}${hint}`,
    },
  ];
}

function runMistakes({ text, column }: Field): Omit<SpecMistake, 'line'>[] {
  const fail = (message: string): Omit<SpecMistake, 'line'>[] => [{ column, message }];
  if (text === '') return fail('the number of runs is missing');
  if (!/^\d+$/.test(text))
    return fail(`${JSON.stringify(text)} is not a number of runs: a whole number, 1 or more, is meant`);
  if (Number(text) === 0) return fail('0 runs measure nothing: 1 or more is meant');
  if (Number(text) > MOST_RUNS) return fail(`${text} runs are more than a runner counts (${MOST_RUNS})`);
  return [];
}
