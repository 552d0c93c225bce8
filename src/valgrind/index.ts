export { type CallgrindFile, isCallgrind, readCallgrind } from './callgrind-file.ts';
export { type ShownFunction, stacksOf } from './callgrind-stacks.ts';
