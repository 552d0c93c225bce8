export { findExecutable, findFaasmBinary, findOnPath } from './binaries.ts';
export { cacheDirectory, type Environment } from './directories.ts';
export { type FunctionFiles, findFunction, listFunctions } from './functions.ts';
export { packageRoot } from './package-root.ts';
