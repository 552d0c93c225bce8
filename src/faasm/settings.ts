import { resolve } from 'node:path';
import { trusted } from '../util/brand.ts';
import { findCheckout } from './checkout.ts';
import type { Environment } from './directories.ts';
import { plainValue } from './plain-value.ts';
import { type SettingKey, type SettingValues, settingDefaults } from './setting-keys.ts';
import {
  environmentValues,
  fileValues,
  flagValues,
  foundValues,
  iniValues,
  type SaidValue,
  type SettingOrigin,
} from './setting-layers.ts';
import { findFaasmIni, findProjectFile, readText, userSettingsPath } from './settings-places.ts';

/** One layer's word on one setting. */
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
    const checked = plainValue(item) ?? (await import('./settings-check.ts')).checkedValue(item);
    const value: LayeredValue = { value: checked, origin: item.origin };
    layers.set(item.key, [value, ...(layers.get(item.key) ?? [])]);
  }
  return layers;
}
