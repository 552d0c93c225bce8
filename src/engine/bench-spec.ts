/*
 * The spec of Faasm's microbench_runner (src/runner/MicrobenchRunner.cpp), one line a function:
 *
 *   user,function,runs[,input]
 *
 * Blank lines are passed over, blanks around a line are dropped, there are no comments. Faasm splits at every comma; here
 * a field may also be quoted as in CSV, so that an input can hold commas, quotes, line breaks and outer blanks.
 */
import { parse } from 'csv-parse/sync';
import { messageOf, TaskError } from '../util/errors.ts';

export interface BenchLine {
  readonly user: string;
  readonly func: string;
  readonly runs: number;
  readonly input: string;
}

const SHAPE = 'user,function,runs[,input]';

/** Reads a whole spec. @throws TaskError that names the line. */
export function parseBenchSpec(text: string, label: string): BenchLine[] {
  return records(text, label)
    .filter(({ fields }) => fields.some((field) => field !== '') || fields.length > 1)
    .map(({ fields, line }) => benchLine(fields, `${label}, line ${line}`));
}

function records(text: string, label: string): { fields: string[]; line: number }[] {
  try {
    let line = 1;
    const found: { fields: string[]; line: number }[] = [];
    parse(text, {
      bom: true,
      relax_quotes: true,
      relax_column_count: true,
      cast: (value, { quoting, index }) => (quoting ? value : index === 0 ? value.trim() : value.trimEnd()),
      on_record: (record: string[], { lines }) => {
        found.push({ fields: record, line });
        line = lines + 1;
        return null;
      },
    });
    return found;
  } catch (error) {
    throw new TaskError(`Could not read ${label}: ${messageOf(error)}`, {
      hints: [`Each line is ${SHAPE}`],
      cause: error,
    });
  }
}

function benchLine(fields: readonly string[], place: string): BenchLine {
  const [user = '', func = '', runs = '', input = ''] = fields;
  const fail = (problem: string): never => {
    throw new TaskError(`${place}: ${problem}`, {
      hints: [`Each line is ${SHAPE}, for example: demo,echo,100,foobar`],
    });
  };
  if (fields.length < 3 || fields.length > 4) fail(`expected 3 or 4 fields, found ${fields.length}`);
  if (user === '' || func === '') fail('the user or the function is missing');
  if (!/^\s*\d{1,9}\s*$/.test(runs)) fail(`${JSON.stringify(runs)} is not a number of runs`);
  return { user, func, runs: Number(runs), input };
}
