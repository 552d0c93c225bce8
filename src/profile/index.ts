export { fileChunks } from './file-chunks.ts';
export { perfScriptSource } from './perf-script.ts';
export type { RawFrame, SampledThread, SampleSource, SampleVisitor, SourceReport } from './samples.ts';
