import type { Environment } from './directories.ts';
import type { SettingKey } from './setting-keys.ts';
import { findProjectFile, readText, userSettingsPath } from './settings-places.ts';

const keys: readonly (readonly [SettingKey, string])[] = [
  ['buildDir', 'FAASM_BUILD_DIR'],
  ['localDir', 'FAASM_LOCAL_DIR'],
];

/**
 * Faasm's directories from settings files as the variables that Faasm's programs (and ours) read: laid over the
 * environment of a child they make both agree. Empty, and free, when no settings file says anything of them.
 */
export async function settingsVariables(env: Environment, cwd: string): Promise<Record<string, string>> {
  const files = await Promise.all([readText(userSettingsPath(env)), findProjectFile(cwd)]);
  if (files.every((file) => file === undefined)) return {};
  const { loadSettings } = await import('./settings.ts');
  const settings = await loadSettings({ env, cwd });
  const fromFiles = keys.filter(([key]) => settings.origin(key).file !== undefined);
  return Object.fromEntries(fromFiles.map(([key, variable]) => [variable, String(settings.value(key))]));
}
