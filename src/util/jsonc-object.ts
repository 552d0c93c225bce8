import { getNodeValue, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { UsageError } from './errors.ts';
import { didYouMean } from './near.ts';

/** One property of a JSON object in a file, not yet validated. */
export interface JsoncEntry<K extends string> {
  readonly key: K;
  readonly value: unknown;
  /** `FILE:LINE:COLUMN` of the value. */
  readonly place: string;
  /** From 1. */
  readonly line: number;
}

interface JsoncForm<K extends string> {
  /** The file as messages name it. */
  readonly displayName: string;
  /** What is read, for messages: `settings`. */
  readonly what: string;
  /** What one property is called: `setting`. */
  readonly noun: string;
  readonly keys: readonly K[];
}

/**
 * Reads a file that is one JSON object with known keys; comments, trailing commas, a BOM and a `$schema` are fine.
 *
 * @throws UsageError with `FILE:LINE:COLUMN` for a syntax error, an unknown key (with a did-you-mean) or one given twice.
 */
export function readJsoncObject<K extends string>(text: string, form: JsoncForm<K>): JsoncEntry<K>[] {
  const { displayName, what, noun, keys } = form;
  const errors: ParseError[] = [];
  const body = text.replace(/^\ufeff/, '');
  const root = parseTree(body, errors, { allowTrailingComma: true });
  const fail = (offset: number, message: string, hints: readonly string[] = []): UsageError => {
    const { line, column } = positionIn(body, offset);
    return new UsageError(`Could not read the ${what}: ${displayName}:${line}:${column}: ${message}`, {
      hints,
    });
  };
  const [error] = errors;
  if (error !== undefined)
    throw fail(error.offset, SYNTAX[printParseErrorCode(error.error)] ?? 'a syntax error');
  if (root?.type !== 'object') throw fail(root?.offset ?? 0, 'expected an object: { … }');
  const entries = new Map<K, JsoncEntry<K>>();
  for (const property of root.children ?? []) {
    const [name, value] = property.children ?? [];
    const word = name === undefined ? '$schema' : String(getNodeValue(name));
    if (name === undefined || value === undefined || word === '$schema') continue;
    const key = keys.find((known) => known === word);
    if (key === undefined) {
      const known = `There are: ${keys.join(', ')}`;
      throw fail(name.offset, `there is no ${noun} ${JSON.stringify(word)}`, [
        ...didYouMean(word, keys),
        known,
      ]);
    }
    if (entries.has(key)) throw fail(name.offset, `${JSON.stringify(key)} is given twice`);
    const { line, column } = positionIn(body, value.offset);
    entries.set(key, { key, value: getNodeValue(value), place: `${displayName}:${line}:${column}`, line });
  }
  return [...entries.values()];
}

function positionIn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split(/\r\n|\n|\r/);
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

const SYNTAX: Readonly<Record<string, string>> = {
  InvalidSymbol: 'this is not JSON: names and texts stand in double quotes',
  InvalidNumberFormat: 'this is not a number',
  PropertyNameExpected: 'expected the name of a setting in double quotes',
  ValueExpected: 'expected a value',
  ColonExpected: 'expected a colon after the name',
  CommaExpected: 'expected a comma before this',
  CloseBraceExpected: 'expected a closing brace }',
  CloseBracketExpected: 'expected a closing bracket ]',
  EndOfFileExpected: 'expected nothing after the closing brace',
  InvalidCommentToken: 'comments start with // or /*',
  UnexpectedEndOfComment: 'this comment does not end',
  UnexpectedEndOfString: 'this text does not end: a double quote is missing',
  UnexpectedEndOfNumber: 'this number does not end',
  InvalidUnicode: 'a \\u escape takes four hexadecimal digits',
  InvalidEscapeCharacter: 'there is no such escape: write \\\\ for a backslash',
  InvalidCharacter: 'a control character: write it as an escape',
};
