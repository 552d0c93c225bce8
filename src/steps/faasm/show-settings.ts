import { type SettingKey, settingKeys, settingSources } from '../../faasm/setting-keys.ts';
import { loadSettings, type Settings } from '../../faasm/settings.ts';
import type { TaskContext } from '../../runner/context.ts';
import { TaskError } from '../../util/errors.ts';
import { settingKeyOf } from './setting-key.ts';

/** `config`: every setting with its origin, or one setting's bare value. */
export async function showSettings(typed: string, context: TaskContext): Promise<void> {
  const { env, cwd, output } = context;
  const wanted = typed === '' ? undefined : settingKeyOf(typed);
  const settings = await loadSettings({ env, cwd });
  if (wanted !== undefined) return showOne(wanted, settings, context);
  const files = { user: settings.files.user, project: settings.files.project, ini: settings.files.ini };
  const described = settingKeys.map((key) => [key, describe(key, settings)]);
  output.result(table(settings, context), { settings: Object.fromEntries(described), files });
}

function showOne(key: SettingKey, settings: Settings, { output }: TaskContext): void {
  const value = settings.value(key);
  if (value === undefined) {
    const { variable } = settingSources[key];
    throw new TaskError(`${key} is not set`, {
      hints: [`Set it in tasks.config.json${variable === undefined ? '' : ` or as ${variable}`}.`],
    });
  }
  output.result(String(value), { key, ...describe(key, settings), layers: settings.layers(key) });
}

function describe(key: SettingKey, settings: Settings): Readonly<Record<string, unknown>> {
  return { value: settings.value(key) ?? null, ...settings.origin(key), doc: settingSources[key].doc };
}

function table(settings: Settings, { output }: TaskContext): string {
  const rows = settingKeys.map((key) => {
    const value = settings.value(key);
    const { layer, where } = settings.origin(key);
    return { key, value: String(value ?? '-'), where: value === undefined ? 'not set' : where, layer };
  });
  const widest = (texts: readonly string[]): number => Math.max(...texts.map((text) => text.length));
  const [keys, values] = [widest(rows.map(({ key }) => key)), widest(rows.map((row) => row.value))];
  const lines = rows.map(({ key, value, where, layer }) => {
    const line = `${key.padEnd(keys)}  ${value.padEnd(Math.min(values, 50))}  `;
    return layer === 'default' ? output.paint('dim', line + where) : line + output.paint('cyan', where);
  });
  const { project, user } = settings.files;
  const hint = `project file: ${project ?? 'none yet (tasks.config.json)'}, user's file: ${user}`;
  return [...lines, '', output.paint('dim', hint)].join('\n');
}
