export type { JitdumpEvidence, PerfDataReport, RecordingEvidence, UnresolvedEvidence } from './evidence.ts';
export type { SymbolFinder } from './mapped-code.ts';
export type { OffCpuTotals } from './off-cpu.ts';
export {
  type OffCpuChoice,
  type PerfDataOptions,
  type PerfDataSource,
  perfDataSource,
  recordedBuildIds,
  type Unwinding,
  unwindingOf,
} from './perf-data.ts';
