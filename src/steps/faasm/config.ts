import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { findBareCheckout } from '../../build/checkout-facts.ts';
import {
  changeSettings,
  projectFileFor,
  type SettingChange,
  typedSetting,
} from '../../faasm/change-settings.ts';
import { isSettingKey, type SettingKey, settingKeys, settingSources } from '../../faasm/setting-keys.ts';
import { loadSettings, type Settings } from '../../faasm/settings.ts';
import { userSettingsPath } from '../../faasm/settings-places.ts';
import { runSteps, type Step } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { TaskError, UsageError } from '../../util/errors.ts';
import { didYouMean } from '../../util/near.ts';

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

type SetArgs = { readonly [K in SettingKey]: string | undefined } & {
  readonly unset: readonly string[];
  readonly user: boolean;
};

/** `config.set`: writes settings into the project's file (or the user's), all of them or none. */
export async function setSettings(args: SetArgs, context: TaskContext): Promise<void> {
  const { env, cwd, output, signal } = context;
  const changes: SettingChange[] = [];
  for (const key of settingKeys) {
    const text = args[key];
    if (text !== undefined) changes.push(await typedSetting(key, text, cwd, env));
  }
  for (const key of args.unset) changes.push([settingKeyOf(key), undefined]);
  if (changes.length === 0)
    throw new UsageError('config.set: nothing to set', {
      hints: ['For example: tasks config.set --build-type=Release'],
    });
  const file = args.user ? userSettingsPath(env) : await projectFileFor(cwd);
  const displayName = relative(cwd, file);
  const text = changes.map(([key, value]) =>
    value === undefined ? `${key} taken out` : `${key} = ${value}`,
  );
  const write: Step = {
    title: 'Write settings',
    why: args.user ? "--user: into the user's own file" : "into the project's file; its comments stay",
    outputs: [file],
    notes: text,
    foreground: true,
  };
  await runSteps([write], context, async (step) => {
    await step(write, async () => await changeSettings(file, changes, signal));
    output.result(`${displayName.startsWith('..') ? file : displayName}: ${text.join(', ')}`, {
      file,
      settings: Object.fromEntries(changes.map(([key, value]) => [key, value ?? null])),
    });
  });
}

/** `config.create`: a faasm.ini with what is known of the cluster, in the checkout or here; never over one that is there. */
export async function createIni(context: TaskContext): Promise<void> {
  const { cwd, env, signal, output } = context;
  const settings = await loadSettings(context);
  const folder = settings.value('checkout') ?? (await findBareCheckout(cwd)) ?? cwd;
  const named = env['FAASM_INI_FILE'] ?? '';
  const path = named === '' ? join(folder, 'faasm.ini') : resolve(cwd, named);
  const lines = settingKeys.flatMap((key) => {
    const { ini, doc } = settingSources[key];
    if (ini === undefined) return [];
    const value = settings.value(key);
    const line = `${ini} = ${value ?? ''}`.trimEnd();
    // What nobody has set goes on following its default.
    return [`# ${doc}`, settings.origin(key).layer === 'default' ? `# ${line}` : line];
  });
  const text = [
    '# Where a Faasm cluster listens; tasks config shows what is in force.',
    '[Faasm]',
    ...lines,
    '',
  ].join('\n');
  if (existsSync(path))
    return output.result(`${path} is there already and stays as it is`, { path, created: false });
  const write: Step = {
    title: 'Write a skeleton faasm.ini',
    why: 'says where a cluster listens: what is set now, defaults as comments',
    outputs: [path],
    foreground: true,
  };
  await runSteps([write], context, async (step) => {
    await step(write, async () => await writeFileAtomic(path, text, signal));
    output.result(`Written: ${path}`, { path, created: true });
  });
}

/** The setting that somebody means: `buildDir`, `build-dir` or `build_dir`. @throws UsageError with a did-you-mean. */
function settingKeyOf(typed: string): SettingKey {
  const key = typed.replace(/[-_]([a-z])/g, (_dash, letter: string) => letter.toUpperCase());
  if (isSettingKey(key)) return key;
  throw new UsageError(`There is no setting ${JSON.stringify(typed)}`, {
    hints: [
      ...didYouMean(key, settingKeys, (name) => `tasks config ${name}`),
      `Settings: ${settingKeys.join(', ')}`,
    ],
  });
}
