import { UsageError } from '../util/errors.ts';
import { at } from '../util/indexed.ts';
import { didYouMean } from '../util/near.ts';
import type { KnownModule } from '../wasm/known-module.ts';

const MOST_LISTED = 20;

/**
 * The number N (of `functionDefN`) that a person means: `functionDefN` itself, else an exact source name, else a C++ name
 * without its parameters, else a part of one.
 *
 * @throws UsageError listing the functions when several fit, with near names when none does
 */
export function chooseFunction(wanted: string, module: KnownModule): number {
  const names = definedNames(module);
  const symbol = /^functionDef(0|[1-9]\d{0,8})$/.exec(wanted)?.[1];
  if (symbol !== undefined) {
    if (Number(symbol) < names.length) return Number(symbol);
    throw new UsageError(
      `There is no ${wanted}: ${module.user}/${module.func} has functionDef0 to functionDef${names.length - 1}`,
    );
  }
  const ways: readonly ((name: string) => boolean)[] = [
    (name) => name === wanted,
    (name) => withoutParameters(name) === wanted,
    (name) => name.includes(wanted),
  ];
  for (const fits of wanted === '' ? [] : ways) {
    const numbers = numbersOf(names, fits);
    const [only] = numbers;
    if (only !== undefined && numbers.length === 1) return only;
    if (numbers.length > 1) throw severalFit(wanted, numbers, names);
  }
  throw new UsageError(`${module.user}/${module.func} has no function ${JSON.stringify(wanted)}`, {
    hints: [
      ...didYouMean(wanted, names.map(withoutParameters)),
      `All of them: tasks disas.symbols ${module.user} ${module.func}`,
    ],
  });
}

/**
 * The numbers of all functions whose source name a regular expression finds.
 *
 * @throws UsageError for an expression that is none or finds nothing
 */
export function functionsMatching(expression: string, module: KnownModule): number[] {
  const names = definedNames(module);
  let pattern: RegExp;
  try {
    pattern = new RegExp(expression);
  } catch (error) {
    throw new UsageError(`--break-re=${expression} is no regular expression`, { cause: error });
  }
  const numbers = numbersOf(names, (name) => name !== '' && pattern.test(name));
  if (numbers.length > 0) return numbers;
  throw new UsageError(`--break-re=${expression} finds no function of ${module.user}/${module.func}`, {
    hints: [`All of them: tasks disas.symbols ${module.user} ${module.func}`],
  });
}

/** The names of the module's own functions, N in `functionDefN` being the place; `''` for a nameless one. */
export function definedNames({ names, importCount, definedCount }: KnownModule): string[] {
  return Array.from({ length: definedCount }, (_, n) => at(names, importCount + n));
}

/** `ns::f(int, char)` -> `ns::f`; operators keep their own parentheses. */
function withoutParameters(name: string): string {
  const isCall = /operator\(\)/.exec(name);
  const at = name.indexOf('(', isCall === null ? 0 : isCall.index + isCall[0].length);
  return at <= 0 ? name : name.slice(0, at);
}

function numbersOf(names: readonly string[], fits: (name: string) => boolean): number[] {
  return names.flatMap((name, n) => (fits(name) ? [n] : []));
}

function severalFit(wanted: string, numbers: readonly number[], names: readonly string[]): UsageError {
  const listed = numbers.slice(0, MOST_LISTED).map((n) => `functionDef${n}  ${at(names, n)}`);
  const more = numbers.length - listed.length;
  return new UsageError(`${JSON.stringify(wanted)} fits ${numbers.length} functions; name one of them`, {
    hints: [
      ...listed,
      ...(more > 0 ? [`… and ${more} more`] : []),
      `All of them at once: --break-re=${JSON.stringify(wanted)}`,
    ],
  });
}
