import { applyEdits, createScanner, findNodeAtLocation, modify, parseTree } from 'jsonc-parser';
import { UsageError } from '../util/errors.ts';
import { type JsoncEntry, readJsoncObject } from '../util/jsonc-object.ts';
import { type SettingKey, settingKeys } from './setting-keys.ts';

// A settings file is JSON with comments and trailing commas (JSONC, as editors write it):
//
//   {
//     "$schema": "https://…/tasks.config.schema.json",
//     // relative to this file
//     "buildDir": "../build",
//     // for tasks of one's own, in whatever shape they want it
//     "own": { "deploy": { "host": "example.org" } },
//   }

/** Reads the text of a settings file. @throws UsageError with `FILE:LINE:COLUMN` for what is wrong. */
export function readSettingsText(text: string, displayName: string): JsoncEntry<SettingKey>[] {
  return entriesOf(text, displayName).flatMap(({ key, ...entry }) =>
    key === OWN ? [] : [{ ...entry, key }],
  );
}

/** What a settings file says to tasks of one's own. @throws UsageError with `FILE:LINE:COLUMN` for what is wrong. */
export function readOwnConfig(text: string, displayName: string): Readonly<Record<string, unknown>> {
  const own = entriesOf(text, displayName).find(({ key }) => key === OWN);
  if (own === undefined) return {};
  const { value, place } = own;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new UsageError(
    `Could not read the settings: ${place}: own is an object, not ${JSON.stringify(value)}`,
  );
}

const OWN = 'own';

function entriesOf(text: string, displayName: string): JsoncEntry<SettingKey | typeof OWN>[] {
  return readJsoncObject(text, {
    displayName,
    what: 'settings',
    noun: 'setting',
    keys: [...settingKeys, OWN],
  });
}

/**
 * The text of a settings file with some settings changed (undefined takes one out); comments, order and layout of the
 * rest stay.
 *
 * @param schema where editors find the schema, for a new file
 */
export function updatedSettingsText(
  text: string,
  changes: readonly (readonly [key: SettingKey, value: string | number | boolean | undefined])[],
  schema: string,
): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const formattingOptions = { insertSpaces: true, tabSize: 2, eol };
  const edited = changes.reduce(
    (current, [key, value]) =>
      value === undefined
        ? withoutProperty(current, key)
        : applyEdits(current, modify(current, [key], value, { formattingOptions })),
    text.trim() === '' ? newFile(schema).replaceAll('\n', eol) : text,
  );
  return edited.endsWith('\n') ? edited : `${edited}${eol}`;
}

/** Takes a property and one comma out, and the line when nothing else is on it. (jsonc-parser takes comments along.) */
function withoutProperty(text: string, key: SettingKey): string {
  const root = parseTree(text, [], { allowTrailingComma: true });
  const property = root && findNodeAtLocation(root, [key])?.parent;
  if (root === undefined || property === undefined) return text;
  const siblings = root.children ?? [];
  const previous = siblings[siblings.indexOf(property) - 1];
  const end = property.offset + property.length;
  const after = commaAt(text, end);
  const before = previous === undefined ? undefined : commaAt(text, previous.offset + previous.length);
  const rest = after === undefined ? text.slice(end) : text.slice(end, after) + text.slice(after + 1);
  const head = text.slice(0, property.offset);
  const kept =
    after === undefined && before !== undefined ? head.slice(0, before) + head.slice(before + 1) : head;
  const isLineEmpty = /\n[ \t]*$/.test(kept) && /^[ \t]*\r?\n/.test(rest);
  return isLineEmpty ? kept.replace(/[ \t]*$/, '') + rest.replace(/^[ \t]*\r?\n/, '') : kept + rest;
}

/** Where the next comma is, when nothing but blanks and comments come before it. */
function commaAt(text: string, from: number): number | undefined {
  const scanner = createScanner(text, true);
  scanner.setPosition(from);
  scanner.scan();
  const offset = scanner.getTokenOffset();
  return text[offset] === ',' ? offset : undefined;
}

const newFile = (schema: string): string =>
  `// Settings of tasks: \`tasks config\` shows each value and where it comes from. Paths are relative to this file.
{
  "$schema": ${JSON.stringify(schema)}
}
`;
