import { trusted } from '../util/brand.ts';
import { TaskError } from '../util/errors.ts';
import { currentScope } from './scope.ts';

/** What a value may be changed to: another of its own type. */
type Widened<T> = T extends string
  ? string
  : T extends number
    ? number
    : T extends boolean
      ? boolean
      : T extends readonly (infer Item)[]
        ? readonly Widened<Item>[]
        : T extends object
          ? { readonly [K in keyof T]: Widened<T[K]> }
          : T;

/**
 * The configuration of the running task, with the shape and the defaults given here: its namespaces' `config`, over it the
 * checkout's (`own` in tasks.config.json), over it the file that `--config` names.
 *
 * @throws TaskError naming a key that holds something of another type than its default
 */
export function config<const T extends object>(defaults: T): Widened<T> {
  return trusted<Widened<T>>(overlaid(defaults, currentScope().context.config, ''));
}

function overlaid(fallback: unknown, given: unknown, key: string): unknown {
  if (given === undefined || given === null) return fallback;
  if (kindOf(given) !== kindOf(fallback)) {
    throw new TaskError(`The configuration ${key} is ${JSON.stringify(given)}, not ${kindOf(fallback)}`, {
      hints: [`For example: ${JSON.stringify(fallback)}`],
    });
  }
  if (!isRecord(fallback) || !isRecord(given)) return given;
  return Object.fromEntries(
    Object.entries(fallback).map(([name, value]) => [
      name,
      overlaid(value, given[name], key === '' ? name : `${key}.${name}`),
    ]),
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return isRecord(value) ? 'an object' : `a ${typeof value}`;
}
