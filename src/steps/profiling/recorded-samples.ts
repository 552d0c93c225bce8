import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDirectory, type Environment } from '../../faasm/index.ts';
import type { SampleSource } from '../../profile/index.ts';
import {
  type OffCpuChoice,
  type OffCpuTotals,
  type PerfDataReport,
  perfDataSource,
  type RecordingEvidence,
  Symbols,
} from '../../profile/index.ts';
import { stopOptimising } from '../../util/compiler.ts';
import { demangleBatch } from './demangling.ts';
import { type InlineWish, inlinedSource } from './inlined-source.ts';

interface RecordedOptions {
  readonly shown: string;
  readonly event?: string | undefined;
  readonly allEvents?: boolean;
  readonly offCpu?: OffCpuChoice | undefined;
  /** Where dumps are that are neither where they were recorded nor beside the file. */
  readonly jitdump?: string | undefined;
  /** Where big symbol tables are kept for later runs, see {@link symbolCache}. */
  readonly cache: string | undefined;
  /** Show inlined calls as frames of their own. */
  readonly inline?: InlineWish | undefined;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** What `use` made of a recording's samples, and what the recording says of itself. */
export interface FromRecording<T> {
  readonly result: T;
  readonly evidence: RecordingEvidence;
  readonly offCpu: OffCpuTotals | undefined;
}

/**
 * The folder of symbol tables that are kept from one run to the next, where that is wanted (`--no-cache`) and where the
 * user has a folder for caches: a home folder without one is left as it is.
 */
export function symbolCache(isWanted: boolean, env: Environment): string | undefined {
  const cache = cacheDirectory(env);
  return isWanted && existsSync(dirname(cache)) ? join(cache, 'symbols') : undefined;
}

/** Reads a recording with this machine's symbols; nothing is written but, where that is wanted, the cache. */
export async function withRecordedSamples<T>(
  input: string | AsyncIterable<Uint8Array>,
  options: RecordedOptions,
  use: (source: SampleSource) => Promise<T>,
): Promise<FromRecording<T>> {
  const { jitdump, signal, shown, event, cache, allEvents = false, offCpu, inline, env } = options;
  if (typeof input === 'string' && isSmall(input)) stopOptimising();
  const beside = typeof input === 'string' ? [dirname(input)] : [];
  const folders = jitdump === undefined ? [] : [jitdump];
  const symbols = new Symbols({ cache, mapFolders: [...folders, ...beside] });
  let report: PerfDataReport | undefined;
  const source = perfDataSource(input, {
    symbols,
    shown,
    event,
    allEvents,
    offCpu,
    signal,
    demangle: demangleBatch(signal, cache),
    jitdumpFolders: folders,
  });
  try {
    const reported: SampleSource = {
      read: async (visitor) => {
        report = await source.read(visitor);
        return report;
      },
    };
    const common = { symbols, callersAreReturns: true, cache, signal, env };
    const result = await use(
      inline === undefined ? reported : inlinedSource(reported, { ...common, wish: inline }),
    );
    if (report === undefined) throw new Error('the recording was not read');
    return { result, evidence: report.evidence, offCpu: report.offCpu };
  } finally {
    symbols.close();
  }
}

/** About 5000 samples: read sooner than compiled. */
const smallBytes = 4 << 20;

function isSmall(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true && stats.size < smallBytes;
}
