import { trusted } from '../util/brand.ts';
import { UsageError } from '../util/errors.ts';
import { didYouMean } from '../util/near.ts';
import type { SaidValue } from './setting-layers.ts';
import { choicesOf, settingSchemas } from './settings-schema.ts';

/** The value of a setting when it is one that it can have. @throws UsageError naming the place and what is possible. */
export function checkedValue({ key, value, place }: SaidValue): string | number | boolean {
  const parsed = settingSchemas[key].safeParse(value);
  if (parsed.success) return trusted<string | number | boolean>(parsed.data);
  const choices = choicesOf(key);
  const displayName = JSON.stringify(value);
  if (choices !== undefined) {
    const near = typeof value === 'string' ? didYouMean(value, choices, (name) => JSON.stringify(name)) : [];
    throw new UsageError(`Could not read the settings: ${place}: ${key} cannot be ${displayName}`, {
      hints: [...near, `It is one of: ${choices.join(', ')}`],
    });
  }
  const why =
    parsed.error.issues[0]?.message.replace(/^(Invalid input|Too (small|big)): /, '') ?? 'not possible';
  throw new UsageError(`Could not read the settings: ${place}: ${key} cannot be ${displayName}: ${why}`, {
    hints: [`Change or remove it: ${place}`],
  });
}
