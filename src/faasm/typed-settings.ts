import { UsageError } from '../util/errors.ts';
import type { SettingChange } from './change-settings.ts';
import type { Environment } from './directories.ts';
import { type SettingKey, settingSources } from './setting-keys.ts';
import { expandedPath } from './settings-places.ts';

/** A setting as it was typed after its flag, checked. @throws UsageError naming the flag and what is possible. */
export async function typedSetting(
  key: SettingKey,
  text: string,
  cwd: string,
  env: Environment,
): Promise<SettingChange> {
  const flag = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const { checkedValue } = await import('./settings-check.ts');
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
