import parser from 'yargs-parser';
import { trusted } from '../util/brand.ts';
import { UsageError } from '../util/errors.ts';
import { didYouMean } from '../util/near.ts';
import type { ArgsOf, NumberParam, Param, Params, StringParam } from './define.ts';
import { type Flag, type FlagSet, type GivenFlags, unguarded } from './flags.ts';

/**
 * Turns the unambiguous argument list of one call into typed values. @throws UsageError naming flag, value and type, or a
 * flag that has no effect beside the others.
 */
export function parseArgs<P extends Params>(flags: FlagSet, given: GivenFlags, _params: P): ArgsOf<P> {
  const ofType = (...types: Param['type'][]): string[] =>
    flags.flags.filter((flag) => types.includes(flag.param.type)).map((flag) => flag.name);
  const lists = ofType('list');
  const parsed = parser([...given.argv], {
    string: [...ofType('string', 'int', 'float'), ...lists],
    array: lists,
    boolean: ofType('bool'),
    count: ofType('count'),
    configuration: {
      // `--no-cache` may be a flag's own name.
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'greedy-arrays': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'short-option-groups': false,
    },
  });
  const values: Record<string, unknown> = {};
  for (const flag of flags.flags) {
    const value: unknown = Object.hasOwn(parsed, flag.name) ? parsed[flag.name] : undefined;
    values[flag.key] = given.bare.has(flag.key)
      ? true
      : typed(flag, given.given.has(flag.key) ? (value ?? bareList(flag)) : undefined);
  }
  refuseVain(flags, given.given, values);
  return trusted<ArgsOf<P>>(values);
}

/** One of the things that a condition of `onlyWith` and `notWith` says: `cmd`, `sampler=v8`, `!poll`. */
interface ConditionTerm {
  readonly key: string;
  readonly value: string | undefined;
  readonly isNot: boolean;
}

/** The terms of a condition, which all must hold. */
export function conditionTerms(condition: string): ConditionTerm[] {
  return condition.split(' ').map((term) => {
    const [key = '', value] = term.replace(/^!/, '').split('=', 2);
    return { key, value, isNot: term.startsWith('!') };
  });
}

/** A condition for people: `--sampler=v8`, `--asynch without --poll`. */
export function conditionText(flags: FlagSet, condition: string): string {
  const words = conditionTerms(condition).map(({ key, value, isNot }, at) => {
    const flag = flags.flags.find((known) => known.key === key);
    const name = flag === undefined ? key : named(flag);
    const text = value === undefined ? name : flag?.param.positional === true ? value : `${name}=${value}`;
    return isNot ? `without ${text}` : at === 0 ? text : `and ${text}`;
  });
  return words.join(' ');
}

function named({ name, param }: Flag): string {
  return param.positional === true ? name.toUpperCase() : `--${name}`;
}

/** Nothing typed is dropped in silence: what has no effect beside the rest of the line is an error. */
function refuseVain(
  flags: FlagSet,
  given: ReadonlySet<string>,
  values: Readonly<Record<string, unknown>>,
): void {
  const isSo = ({ key, value }: ConditionTerm): boolean => {
    if (value !== undefined) return String(values[key]) === value;
    return typeof values[key] === 'boolean' ? values[key] : given.has(key);
  };
  const holds = (condition: string): boolean =>
    conditionTerms(condition).every((term) => isSo(term) !== term.isNot);
  for (const flag of flags.flags.filter(({ key }) => given.has(key))) {
    const { onlyWith, notWith = [] } = flag.param;
    const name = named(flag);
    const clash = notWith.find(holds);
    if (clash !== undefined) {
      throw new UsageError(`${name} has no effect with ${conditionText(flags, clash)}`, {
        hints: ['Leave one of them out.'],
      });
    }
    if (onlyWith === undefined || onlyWith.some(holds)) continue;
    const wanted = onlyWith.map((condition) => conditionText(flags, condition)).join(' or ');
    throw new UsageError(`${name} has no effect without ${wanted}`, {
      hints: [`Add ${wanted}, or leave ${name} out.`],
    });
  }
}

/** A list flag that was named without a value is an empty list. */
function bareList({ param }: Flag): readonly string[] | undefined {
  return param.type === 'list' ? [] : undefined;
}

function typed(flag: Flag, value: unknown): unknown {
  const { param } = flag;
  switch (param.type) {
    case 'bool':
      return value ?? param.default ?? false;
    case 'count':
      return Number(value ?? 0) + (param.default ?? 0);
    case 'list':
      return Array.isArray(value) ? value.map((item) => unguarded(String(item))) : (param.default ?? []);
    case 'string':
      return value === undefined ? param.default : chosen(flag, unguarded(String(value)), param);
    default:
      return value === undefined ? param.default : number(flag, unguarded(String(value)), param);
  }
}

function chosen(flag: Flag, value: string, param: StringParam): string {
  // What names a thing (FILE, HOST) names none.
  if (value === '' && param.metavar !== undefined && param.mayBeEmpty !== true) {
    throw new UsageError(`${named(flag)} is empty`, {
      hints: [`Write --${flag.name}=${param.metavar}, or leave it out.`],
    });
  }
  if (param.choices === undefined || param.choices.includes(value)) return value;
  // What may be typed by position mostly was.
  const [label, spelled] =
    param.positional === true ? [flag.name, ''] : [`--${flag.name}`, `--${flag.name}=`];
  throw new UsageError(`${label} cannot be ${JSON.stringify(value)}`, {
    hints: [
      ...didYouMean(value, param.choices, (name) => `${spelled}${name}`),
      `It is one of: ${param.choices.join(', ')}`,
    ],
  });
}

/** A value that makes sense: the least time that can be waited for is none. */
function example({ name }: Flag, { type, default: fallback, min, max }: NumberParam): string {
  const likely = type === 'int' ? (min ?? 1) : Math.min(Math.max(10, min ?? 10), max ?? 10);
  return `For example: --${name}=${fallback ?? likely}`;
}

function number(flag: Flag, text: string, param: NumberParam): number {
  // Python's spelling: underscores between digits, surrounding blanks.
  const plain = text.trim().replace(/(?<=\d)_(?=\d)/g, '');
  const form = param.type === 'int' ? /^[+-]?\d+$/ : /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
  const special = param.nonFinite === true ? nonFinite(plain) : undefined;
  const value = special ?? Number(plain);
  const what = param.type === 'int' ? 'a whole number' : 'a number';
  if (special === undefined && !form.test(plain)) {
    throw new UsageError(`--${flag.name} takes ${what}, not ${JSON.stringify(text)}`, {
      hints: [example(flag, param)],
    });
  }
  if (param.type === 'int' && !Number.isSafeInteger(value)) {
    throw new UsageError(`--${flag.name} takes whole numbers up to ${Number.MAX_SAFE_INTEGER}, not ${text}`, {
      hints: [example(flag, param)],
    });
  }
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = param;
  if (value < min || value > max) {
    const range = [
      min === Number.NEGATIVE_INFINITY ? '' : `at least ${min}`,
      max === Number.POSITIVE_INFINITY ? '' : `at most ${max}`,
    ];
    throw new UsageError(`--${flag.name} must be ${range.filter(Boolean).join(' and ')}, not ${text}`, {
      hints: [example(flag, param)],
    });
  }
  return value;
}

/** `inf`, `-Infinity`, `nan`, in any case. */
function nonFinite(text: string): number | undefined {
  const match = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i.exec(text);
  if (match === null) return undefined;
  if (match[2] === undefined) return Number.NaN;
  return match[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
