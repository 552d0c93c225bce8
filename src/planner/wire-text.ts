import * as z from 'zod/mini';
import { messageOf } from '../util/errors.ts';
import { ClusterError } from './cluster-error.ts';
import { beginning } from './wire-words.ts';

/** The JSON of an answer. @throws ClusterError `garbage` that shows how the answer begins. */
export function jsonOf(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw garbage(what, messageOf(error), text);
  }
}

/** What a schema makes of a value. @throws ClusterError `garbage` that names the field. */
export function checked<T extends z.core.$ZodType>(schema: T, value: unknown, what: string): z.output<T> {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  throw garbage(what, `${where}${issue?.message ?? 'not the expected shape'}`, JSON.stringify(value) ?? '');
}

function garbage(what: string, problem: string, text: string): ClusterError {
  return new ClusterError('garbage', `reading ${what}: ${problem}`, {
    hints: ['Is that a planner? tasks planner.status; tasks config shows where the address comes from'],
    detail: beginning(text),
  });
}
