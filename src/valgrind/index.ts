export { type CachegrindFile, readCachegrind } from './cachegrind-file.ts';
export { type CallgrindFile, isCallgrind, readCallgrind } from './callgrind-file.ts';
export { type ShownFunction, stacksOf } from './callgrind-stacks.ts';
export {
  type CheckerError,
  type CheckerFrame,
  type CheckerReport,
  type CheckerStack,
  readCheckerReport,
} from './checker-report.ts';
export { type AllocationPlace, type MassifFile, peakOf, readMassif } from './massif-file.ts';
