import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Environment } from '../../faasm/directories.ts';
import type { PerfDataReport, RecordingEvidence } from '../../profile/perfdata/evidence.ts';
import type { OffCpuTotals } from '../../profile/perfdata/off-cpu.ts';
import { type OffCpuChoice, perfDataSource } from '../../profile/perfdata/perf-data.ts';
import type { SampleSource } from '../../profile/samples.ts';
import { stopOptimising } from '../../util/compiler.ts';
import { type InlineWish, inlinedSource } from './inlined-source.ts';
import { NameSources } from './name-sources.ts';

interface RecordedOptions {
  readonly displayName: string;
  readonly event?: string | undefined;
  readonly allEvents?: boolean;
  readonly offCpu?: OffCpuChoice | undefined;
  /** Where dumps are that are neither where they were recorded nor beside the file. */
  readonly jitdump?: string | undefined;
  /** Where big symbol tables are kept for later runs. */
  readonly cache: string | undefined;
  /** Show inlined calls as frames of their own. */
  readonly inline?: InlineWish | undefined;
  readonly env: Environment;
  /** Those that were made ready before; closed here. */
  readonly names?: NameSources | undefined;
  readonly signal: AbortSignal;
}

/** What `use` made of a recording's samples, and what the recording says of itself. */
export interface FromRecording<T> {
  readonly result: T;
  readonly evidence: RecordingEvidence;
  readonly offCpu: OffCpuTotals | undefined;
}

/** Reads a recording with this machine's symbols; nothing is written but, where that is wanted, the cache. */
export async function withRecordedSamples<T>(
  input: string | AsyncIterable<Uint8Array>,
  options: RecordedOptions,
  use: (source: SampleSource) => Promise<T>,
): Promise<FromRecording<T>> {
  const { jitdump, signal, displayName, event, cache, allEvents = false, offCpu, inline, env } = options;
  if (typeof input === 'string' && isSmall(input)) stopOptimising();
  const beside = typeof input === 'string' ? [dirname(input)] : [];
  const folders = jitdump === undefined ? [] : [jitdump];
  const { names = new NameSources({ cache, mapFolders: [...folders, ...beside] }, signal) } = options;
  let report: PerfDataReport | undefined;
  const source = perfDataSource(input, {
    symbols: names.symbols,
    displayName,
    event,
    allEvents,
    offCpu,
    signal,
    demangle: names.demangler.batch,
    jitdumpFolders: folders,
  });
  try {
    const reported: SampleSource = {
      read: async (visitor) => {
        report = await source.read(visitor);
        return report;
      },
    };
    const common = {
      symbols: names.symbols,
      demangler: names.demangler,
      callersAreReturns: true,
      cache,
      signal,
      env,
    };
    const result = await use(
      inline === undefined ? reported : inlinedSource(reported, { ...common, wish: inline }),
    );
    if (report === undefined) throw new Error('the recording was not read');
    return { result, evidence: report.evidence, offCpu: report.offCpu };
  } finally {
    names.close();
  }
}

/** About 5000 samples: read sooner than compiled. */
const smallBytes = 4 << 20;

function isSmall(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true && stats.size < smallBytes;
}
