import { isSettingKey, type SettingKey, settingKeys } from '../../faasm/setting-keys.ts';
import { UsageError } from '../../util/errors.ts';
import { didYouMean } from '../../util/near.ts';

/** The setting that somebody means: `buildDir`, `build-dir` or `build_dir`. @throws UsageError with a did-you-mean. */
export function settingKeyOf(typed: string): SettingKey {
  const key = typed.replace(/[-_]([a-z])/g, (_dash, letter: string) => letter.toUpperCase());
  if (isSettingKey(key)) return key;
  throw new UsageError(`There is no setting ${JSON.stringify(typed)}`, {
    hints: [
      ...didYouMean(key, settingKeys, (name) => `tasks config ${name}`),
      `Settings: ${settingKeys.join(', ')}`,
    ],
  });
}
