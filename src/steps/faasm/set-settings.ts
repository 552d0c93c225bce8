import { relative } from 'node:path';
import {
  changeSettings,
  projectFileFor,
  type SettingChange,
  typedSetting,
} from '../../faasm/change-settings.ts';
import { type SettingKey, settingKeys } from '../../faasm/setting-keys.ts';
import { userSettingsPath } from '../../faasm/settings-places.ts';
import type { TaskContext } from '../../runner/context.ts';
import { UsageError } from '../../util/errors.ts';
import { settingKeyOf } from './setting-key.ts';

type SetArgs = { readonly [K in SettingKey]: string | undefined } & {
  readonly unset: readonly string[];
  readonly user: boolean;
};

/** `config.set`: writes settings into the project's file (or the user's), all of them or none. */
export async function setSettings(args: SetArgs, context: TaskContext): Promise<void> {
  const { env, cwd, output, signal, dry } = context;
  const changes: SettingChange[] = [];
  for (const key of settingKeys) {
    const text = args[key];
    if (text !== undefined) changes.push(await typedSetting(key, text, cwd, env));
  }
  for (const word of args.unset) changes.push([settingKeyOf(word), undefined]);
  if (changes.length === 0)
    throw new UsageError('config.set: nothing to set', {
      hints: ['For example: tasks config.set --build-type=Release'],
    });
  const file = args.user ? userSettingsPath(env) : await projectFileFor(cwd);
  const displayName = relative(cwd, file);
  const words = changes.map(([key, value]) =>
    value === undefined ? `${key} taken out` : `${key} = ${value}`,
  );
  if (dry) return output.emit({ event: 'note', text: `writes ${file}: ${words.join(', ')}` });
  await changeSettings(file, changes, signal);
  output.result(`${displayName.startsWith('..') ? file : displayName}: ${words.join(', ')}`, {
    file,
    settings: Object.fromEntries(changes.map(([key, value]) => [key, value ?? null])),
  });
}
