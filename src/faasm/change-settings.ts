import { mkdir } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeFileAtomic } from '../util/atomic-write.ts';
import { UsageError } from '../util/errors.ts';
import { type Environment, findCheckout, packageRoot } from './directories.ts';
import { type SettingKey, settingSources } from './setting-keys.ts';
import { expandedPath, findProjectFile, PROJECT_FILE, readText } from './settings-places.ts';

/** What to write: undefined takes a setting out of the file. Paths are absolute. */
export type SettingChange = readonly [key: SettingKey, value: string | number | boolean | undefined];

/** Where a project's settings are kept: the file there is, else beside the checkout's sources, else here. */
export async function projectFileFor(cwd: string): Promise<string> {
  const found = await findProjectFile(cwd);
  return found?.path ?? join((await findCheckout(cwd)) ?? cwd, PROJECT_FILE);
}

/**
 * Changes a settings file, or begins one; comments and layout stay. Readers see the old file or the whole new one. Paths
 * below the file's folder are written relative to it.
 *
 * @throws UsageError when the file that is there cannot be read, TaskError when it cannot be written.
 */
export async function changeSettings(
  file: string,
  changes: readonly SettingChange[],
  signal?: AbortSignal,
): Promise<void> {
  const { readSettingsText, updatedSettingsText } = await import('./settings-file.ts');
  const before = await readText(file);
  if (before !== undefined && before.text.trim() !== '') readSettingsText(before.text, file);
  const stored = changes.map(([key, value]) => [key, storedValue(key, value, dirname(file))] as const);
  const schema = pathToFileURL(join(packageRoot(), 'docs', 'tasks.config.schema.json')).href;
  const after = updatedSettingsText(before?.text ?? '', stored, schema);
  if (after === before?.text) return;
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomic(file, after, signal);
}

function storedValue(key: SettingKey, value: SettingChange[1], folder: string): SettingChange[1] {
  if (settingSources[key].kind !== 'path' || typeof value !== 'string') return value;
  if (value === folder) return '.';
  return value.startsWith(folder === sep ? folder : folder + sep) ? relative(folder, value) : value;
}

/** A setting as it was typed after its flag, checked. @throws UsageError naming the flag and what is possible. */
export async function typedSetting(
  key: SettingKey,
  text: string,
  cwd: string,
  env: Environment,
): Promise<SettingChange> {
  const flag = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const { checkedValue } = await import('./settings-schema.ts');
  const value = valueFrom(key, text, flag, cwd, env);
  return [key, checkedValue({ key, value, place: flag, origin: { layer: 'flag', where: flag } })];
}

function valueFrom(key: SettingKey, text: string, flag: string, cwd: string, env: Environment): unknown {
  const { kind } = settingSources[key];
  if (kind === 'path' && text !== '') return expandedPath(text, cwd, env);
  if (kind === 'number' && /^\d+$/.test(text)) return Number(text);
  if (kind !== 'switch') return text;
  if (text !== 'on' && text !== 'off') {
    throw new UsageError(`${flag} cannot be ${JSON.stringify(text)}`, {
      hints: [`It is one of: ${flag}=on, ${flag}=off`],
    });
  }
  return text === 'on';
}
