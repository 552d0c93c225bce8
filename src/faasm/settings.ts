import { dirname, resolve } from 'node:path';
import { trusted } from '../util/brand.ts';
import { displayPath } from '../util/home.ts';
import { type Environment, findCheckout } from './directories.ts';
import { readFaasmIni } from './faasm-ini.ts';
import {
  type SettingKey,
  type SettingValues,
  settingDefaults,
  settingKeys,
  settingSources,
} from './setting-keys.ts';
import {
  expandedPath,
  findFaasmIni,
  findProjectFile,
  readText,
  type TextFile,
  userSettingsPath,
} from './settings-places.ts';

/** Lowest first; `found` is the checkout above the current folder. */
export const settingLayers = [
  'default',
  'user',
  'found',
  'project',
  'faasm.ini',
  'environment',
  'flag',
] as const;

/** Where a value comes from. */
export interface SettingOrigin {
  readonly layer: (typeof settingLayers)[number];
  /** For people: `built in`, `tasks.config.json:3`, `FAASM_ROOT`, `--build-dir`. */
  readonly where: string;
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
}

/** What one place says about a setting, not yet checked. */
export interface SaidValue {
  readonly key: SettingKey;
  readonly value: unknown;
  readonly origin: SettingOrigin;
  /** As messages name the place: with a column where there is one. */
  readonly place: string;
}

/** What a settings file says. @throws UsageError for what cannot be read. */
export async function fileValues(
  file: TextFile | undefined,
  layer: 'user' | 'project',
  cwd: string,
  env: Environment,
): Promise<SaidValue[]> {
  if (file === undefined) return [];
  const { readSettingsText } = await import('./settings-file.ts');
  const displayName = displayPath(file.path, cwd);
  return readSettingsText(file.text, displayName).map(({ key, value, line, place }) => ({
    key,
    value: asPath(key, value, dirname(file.path), env),
    origin: { layer, where: `${displayName}:${line}`, file: file.path, line },
    place,
  }));
}

/** The checkout that the current folder is in. */
export function foundValues(checkout: string | undefined): SaidValue[] {
  if (checkout === undefined) return [];
  const where = 'found from the current folder';
  return [{ key: 'checkout', value: checkout, origin: { layer: 'found', where }, place: where }];
}

/** What faasm.ini says. */
export function iniValues(file: TextFile | undefined, cwd: string): SaidValue[] {
  if (file === undefined) return [];
  const displayName = displayPath(file.path, cwd);
  return readFaasmIni(file.text).flatMap(({ name, value, line }) => {
    const key = settingKeys.find((candidate) => settingSources[candidate].ini === name);
    if (key === undefined) return [];
    const where = `${displayName}:${line}`;
    const origin = { layer: 'faasm.ini', where, file: file.path, line } as const;
    return [{ key, value: fromText(key, value), origin, place: where }];
  });
}

/** What the environment says; an empty variable says nothing. */
export function environmentValues(env: Environment, cwd: string): SaidValue[] {
  return settingKeys.flatMap((key) => {
    const { variable, kind } = settingSources[key];
    const text = variable === undefined ? '' : (env[variable] ?? '');
    if (variable === undefined || text === '') return [];
    // Faasm's own programs do not know `~` either.
    const value = kind === 'path' ? expandedPath(text.replace(/^~/, './~'), cwd, env) : fromText(key, text);
    return [{ key, value, origin: { layer: 'environment', where: variable }, place: variable }];
  });
}

/** What the command line says. */
export function flagValues(
  flags: { readonly [K in SettingKey]?: SettingValues[K] | undefined },
  cwd: string,
  env: Environment,
): SaidValue[] {
  return settingKeys.flatMap((key) => {
    const value = flags[key];
    if (value === undefined) return [];
    const where = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return [{ key, value: asPath(key, value, cwd, env), origin: { layer: 'flag', where }, place: where }];
  });
}

function asPath(key: SettingKey, value: unknown, from: string, env: Environment): unknown {
  const isPath = settingSources[key].kind === 'path' && typeof value === 'string' && value !== '';
  return isPath ? expandedPath(value, from, env) : value;
}

function fromText(key: SettingKey, text: string): unknown {
  return settingSources[key].kind === 'number' && /^\d+$/.test(text) ? Number(text) : text;
}

/** What one layer says of one setting. */
export interface LayeredValue {
  readonly value: string | number | boolean;
  readonly origin: SettingOrigin;
}

export interface SettingsRequest {
  readonly env: Environment;
  readonly cwd: string;
  /** Values from the command line; undefined ones were not given. */
  readonly flags?: { readonly [K in SettingKey]?: SettingValues[K] | undefined };
}

interface SettingsFiles {
  /** The user's settings file, there or not. */
  readonly user: string;
  readonly project: string | undefined;
  readonly ini: string | undefined;
}

const builtIn: SettingOrigin = { layer: 'default', where: 'built in' };

/** Every setting, each with the layers that speak of it. */
export class Settings {
  readonly files: SettingsFiles;
  readonly #values: SettingValues;
  readonly #layers: ReadonlyMap<SettingKey, readonly LayeredValue[]>;

  constructor(layers: ReadonlyMap<SettingKey, readonly LayeredValue[]>, files: SettingsFiles) {
    const won = [...layers].map(([key, [first]]) => [key, first?.value]);
    // Every value was checked against its key's schema.
    this.#values = trusted<SettingValues>({ ...settingDefaults, ...Object.fromEntries(won) });
    this.#layers = layers;
    this.files = files;
  }

  value<K extends SettingKey>(key: K): SettingValues[K] {
    return this.#values[key];
  }

  origin(key: SettingKey): SettingOrigin {
    return this.#layers.get(key)?.[0]?.origin ?? builtIn;
  }

  /** What every layer says about a setting, the one that counts first. */
  layers(key: SettingKey): readonly LayeredValue[] {
    const value = settingDefaults[key];
    const lowest = value === undefined ? [] : [{ value, origin: builtIn }];
    return [...(this.#layers.get(key) ?? []), ...lowest];
  }
}

/**
 * Reads all layers of settings: defaults, the user's file, the checkout around the current folder, the project's file,
 * faasm.ini, environment, flags. Nothing is created.
 *
 * @throws UsageError naming file, line and column (or variable) of what is wrong.
 */
export async function loadSettings(request: SettingsRequest): Promise<Settings> {
  const { env, cwd: given, flags = {} } = request;
  const cwd = resolve(given);
  const userPath = userSettingsPath(env);
  const [user, project, found] = await Promise.all([
    readText(userPath),
    findProjectFile(cwd),
    findCheckout(cwd),
  ]);
  const below: SaidValue[] = [
    ...(await fileValues(user, 'user', cwd, env)),
    ...foundValues(found),
    ...(await fileValues(project, 'project', cwd, env)),
  ];
  const above = [...environmentValues(env, cwd), ...flagValues(flags, cwd, env)];
  const checkout = [...below, ...above].findLast(({ key }) => key === 'checkout')?.value;
  const ini = await findFaasmIni(env, cwd, typeof checkout === 'string' ? checkout : undefined);
  const said = [...below, ...iniValues(ini, cwd), ...above];
  const layers = await checkedLayers(said);
  return new Settings(layers, { user: userPath, project: project?.path, ini: ini?.path });
}

async function checkedLayers(said: readonly SaidValue[]): Promise<Map<SettingKey, LayeredValue[]>> {
  const layers = new Map<SettingKey, LayeredValue[]>();
  for (const item of said) {
    const checked = plainValue(item) ?? (await import('./settings-schema.ts')).checkedValue(item);
    const value: LayeredValue = { value: checked, origin: item.origin };
    layers.set(item.key, [value, ...(layers.get(item.key) ?? [])]);
  }
  return layers;
}

/**
 * The value where it is right at a glance: a path, an address. undefined asks for the schema, whose loading would cost
 * a call of a function more time than everything else it starts with.
 */
export function plainValue({ key, value }: SaidValue): string | number | undefined {
  switch (key) {
    case 'checkout':
    case 'buildDir':
    case 'installDir':
    case 'localDir':
      return typeof value === 'string' && value.length > 0 ? value : undefined;
    case 'plannerHost':
    case 'invokeHost':
    case 'uploadHost':
      return typeof value === 'string' && /^[\w.:-]+$/.test(value) ? value : undefined;
    case 'plannerPort':
    case 'invokePort':
    case 'uploadPort': {
      const isPort = typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 65_535;
      return isPort ? value : undefined;
    }
    default:
      return undefined;
  }
}

const directoryVariables: readonly (readonly [SettingKey, string])[] = [
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
  const settings = await loadSettings({ env, cwd });
  const fromFiles = directoryVariables.filter(([key]) => settings.origin(key).file !== undefined);
  return Object.fromEntries(fromFiles.map(([key, variable]) => [variable, String(settings.value(key))]));
}
