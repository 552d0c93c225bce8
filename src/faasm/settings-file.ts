import { applyEdits, modify } from 'jsonc-parser';
import { type JsoncEntry, readJsoncObject } from '../util/jsonc-object.ts';
import { type SettingKey, settingKeys } from './setting-keys.ts';

// A settings file is JSON with comments and trailing commas (JSONC, as editors write it):
//
//   {
//     "$schema": "https://…/tasks.config.schema.json",
//     // relative to this file
//     "buildDir": "../build",
//   }

/** Reads the text of a settings file. @throws UsageError with `FILE:LINE:COLUMN` for what is wrong. */
export function readSettingsText(text: string, shown: string): JsoncEntry<SettingKey>[] {
  return readJsoncObject(text, { shown, what: 'settings', noun: 'setting', keys: settingKeys });
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
  const formattingOptions = { insertSpaces: true, tabSize: 2, eol };
  const edited = changes.reduce(
    (current, [key, value]) => applyEdits(current, modify(current, [key], value, { formattingOptions })),
    text.trim() === '' ? NEW_FILE.replaceAll('\n', eol) : text,
  );
  return edited.endsWith('\n') ? edited : `${edited}${eol}`;
}

const NEW_FILE = `// Settings of tasks: \`tasks config\` shows each value and where it comes from. Paths are relative to this file.
{
  "$schema": "https://unpkg.com/faasm-tasks/docs/tasks.config.schema.json"
}
`;
