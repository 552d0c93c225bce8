import { dirname } from 'node:path';
import { displayPath } from '../util/display-path.ts';
import type { Environment } from './directories.ts';
import { readFaasmIni } from './faasm-ini.ts';
import { type SettingKey, type SettingValues, settingKeys, settingSources } from './setting-keys.ts';
import { expandedPath, type TextFile } from './settings-places.ts';

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
