export { findExecutable, findFaasmBinary, findOnPath } from './binaries.ts';
export { changeSettings, projectFileFor, type SettingChange } from './change-settings.ts';
export { findCheckout, isCheckout, isFaasmProject } from './checkout.ts';
export { cacheDirectory, type Environment, faasmDirectories, stateDirectory } from './directories.ts';
export {
  type FunctionFiles,
  findFunction,
  listFunctions,
  listFunctionsOf,
  listUsers,
  nearFunctions,
} from './functions.ts';
export { ownConfig } from './own-config.ts';
export { packageRoot } from './package-root.ts';
export {
  apis,
  buildTypes,
  goals,
  isSettingKey,
  type SettingKey,
  type SettingValues,
  sanitisers,
  settingDefaults,
  settingKeys,
  settingSources,
  shells,
} from './setting-keys.ts';
export { loadSettings, type Settings } from './settings.ts';
export { expandedPath, userSettingsPath } from './settings-places.ts';
export { settingsVariables } from './settings-variables.ts';
export { typedSetting } from './typed-settings.ts';
