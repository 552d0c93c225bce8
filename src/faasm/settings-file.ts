import {
  applyEdits,
  getNodeValue,
  modify,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import { UsageError } from '../util/errors.ts';
import { didYouMean } from '../util/near.ts';
import { isSettingKey, type SettingKey, settingKeys } from './setting-keys.ts';

// A settings file is JSON with comments and trailing commas (JSONC, as editors write it):
//
//   {
//     "$schema": "https://…/tasks.config.schema.json",
//     // relative to this file
//     "buildDir": "../build",
//   }

/** One setting as a file has it, not yet validated. */
export interface FileEntry {
  readonly key: SettingKey;
  readonly value: unknown;
  readonly line: number;
  readonly column: number;
}

/**
 * Reads the text of a settings file.
 *
 * @param shown the file as messages name it
 * @throws UsageError with `FILE:LINE:COLUMN` for a syntax error, an unknown key or one given twice.
 */
export function readSettingsText(text: string, shown: string): FileEntry[] {
  const errors: ParseError[] = [];
  const body = text.replace(/^\ufeff/, '');
  const root = parseTree(body, errors, { allowTrailingComma: true });
  const fail = (offset: number, message: string, hints: readonly string[] = []): never => {
    const { line, column } = positionIn(body, offset);
    throw new UsageError(`Could not read the settings: ${shown}:${line}:${column}: ${message}`, { hints });
  };
  const [error] = errors;
  if (error !== undefined) fail(error.offset, SYNTAX[printParseErrorCode(error.error)] ?? 'a syntax error');
  if (root?.type !== 'object') return fail(root?.offset ?? 0, 'expected an object: { … }');
  const entries = new Map<SettingKey, FileEntry>();
  for (const property of root.children ?? []) {
    const [name, value] = property.children ?? [];
    if (name === undefined || value === undefined) continue;
    const key = String(getNodeValue(name));
    if (key === '$schema') continue;
    if (!isSettingKey(key)) {
      const known = `Settings: ${settingKeys.join(', ')}`;
      return fail(name.offset, `there is no setting ${JSON.stringify(key)}`, [
        ...didYouMean(key, settingKeys),
        known,
      ]);
    }
    if (entries.has(key)) fail(name.offset, `${JSON.stringify(key)} is given twice`);
    entries.set(key, { key, value: getNodeValue(value), ...positionIn(body, value.offset) });
  }
  return [...entries.values()];
}

/**
 * The text of a settings file with some settings changed (undefined takes one out); comments, order and layout of the
 * rest stay.
 */
export function updatedSettingsText(
  text: string,
  changes: readonly (readonly [key: SettingKey, value: string | number | boolean | undefined])[],
): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const formattingOptions = { insertSpaces: true, tabSize: 2, eol, insertFinalNewline: true };
  const start = text.trim() === '' ? '{}' : text;
  const edited = changes.reduce(
    (current, [key, value]) => applyEdits(current, modify(current, [key], value, { formattingOptions })),
    start,
  );
  return edited.endsWith('\n') ? edited : `${edited}${eol}`;
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
