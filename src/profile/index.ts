export { cpuProfileSource } from './cpuprofile.ts';
export { fileChunks } from './file-chunks.ts';
export { readJitdump } from './jitdump.ts';
export { type CallGraph, perfInject, perfRecord, perfScript } from './perf-commands.ts';
export { explainPerfFailure, type PerfUnusable, perfMissing, perfUnusableError } from './perf-failure.ts';
export { perfScriptSource } from './perf-script.ts';
export {
  type OffCpuChoice,
  type OffCpuTotals,
  type PerfDataReport,
  type PerfDataSource,
  perfDataSource,
  type RecordingEvidence,
  recordedBuildIds,
  unwindingOf,
} from './perfdata/index.ts';
export type { Away, RawFrame, SampledThread, SampleSource, SampleVisitor, SourceReport } from './samples.ts';
export {
  type DebugInfoFound,
  type DebugInfoMissing,
  type DemangleBatch,
  demangledNames,
  readPerfMap,
  Symbols,
  symbolCacheBounds,
} from './symbols/index.ts';
