import { z } from 'zod';
import { trusted } from '../util/brand.ts';
import { UsageError } from '../util/errors.ts';
import { didYouMean } from '../util/near.ts';
import {
  apis,
  buildTypes,
  generators,
  goals,
  type SettingKey,
  type SettingValues,
  sanitisers,
  settingKeys,
  settingSources,
  shells,
} from './setting-keys.ts';
import type { SaidValue } from './settings.ts';

const path = z.string().min(1);
const host = z.string().regex(/^[^\s/]+$/, 'expected a host name or address');
const port = z.int().min(1).max(65_535);

/** What each setting may be, in files and everywhere else. */
export const settingSchemas = {
  checkout: path,
  buildDir: path,
  installDir: path,
  localDir: path,
  buildType: z.enum(buildTypes),
  perf: z.boolean(),
  llvmDir: path,
  sanitiser: z.enum(sanitisers),
  generator: z.enum(generators),
  compilerDir: path,
  plannerHost: host,
  plannerPort: port,
  invokeHost: host,
  invokePort: port,
  uploadHost: host,
  uploadPort: port,
  api: z.enum(apis),
  goal: z.enum(goals),
  completion: z.enum(shells),
} as const satisfies { readonly [K in SettingKey]: z.ZodType<NonNullable<SettingValues[K]>> };

/** The whole of a settings file as JSON Schema: what docs/tasks.config.schema.json holds. */
export function settingsJsonSchema(): Readonly<Record<string, unknown>> {
  const properties = settingKeys.map(
    (key) => [key, settingSchemas[key].describe(settingSources[key].doc).optional()] as const,
  );
  const file = z.strictObject({
    $schema: z.string().describe('Where this schema is, for editors.').optional(),
    ...Object.fromEntries(properties),
    own: z
      .record(z.string(), z.unknown())
      .describe('What tasks of your own get as configuration.')
      .optional(),
  });
  return { title: 'Settings of tasks (tasks.config.json)', ...z.toJSONSchema(file) };
}

/** The values a setting can be chosen from, or undefined when it is free. */
export function choicesOf(key: SettingKey): readonly string[] | undefined {
  const schema = settingSchemas[key];
  return schema instanceof z.ZodEnum ? schema.options : undefined;
}

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
