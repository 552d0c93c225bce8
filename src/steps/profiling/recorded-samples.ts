import type { SampleSource } from '../../profile/index.ts';
import {
  type OffCpuChoice,
  type OffCpuTotals,
  type PerfDataReport,
  perfDataSource,
  type RecordingEvidence,
  Symbols,
} from '../../profile/index.ts';
import { demangleBatch } from './demangling.ts';

interface RecordedOptions {
  readonly shown: string;
  readonly event?: string | undefined;
  readonly allEvents?: boolean;
  readonly offCpu?: OffCpuChoice | undefined;
  /** Where dumps are that are neither where they were recorded nor beside the file. */
  readonly jitdump?: string | undefined;
  readonly signal: AbortSignal;
}

/** What `use` made of a recording's samples, and what the recording says of itself. */
export interface FromRecording<T> {
  readonly result: T;
  readonly evidence: RecordingEvidence;
  readonly offCpu: OffCpuTotals | undefined;
}

/** Reads a recording with this machine's symbols; nothing is written. */
export async function withRecordedSamples<T>(
  input: string | AsyncIterable<Uint8Array>,
  options: RecordedOptions,
  use: (source: SampleSource) => Promise<T>,
): Promise<FromRecording<T>> {
  const { jitdump, signal, shown, event, allEvents = false, offCpu } = options;
  const symbols = new Symbols();
  let report: PerfDataReport | undefined;
  const source = perfDataSource(input, {
    symbols,
    shown,
    event,
    allEvents,
    offCpu,
    signal,
    demangle: demangleBatch(signal),
    jitdumpFolders: jitdump === undefined ? [] : [jitdump],
  });
  try {
    const result = await use({
      read: async (visitor) => {
        report = await source.read(visitor);
        return report;
      },
    });
    if (report === undefined) throw new Error('the recording was not read');
    return { result, evidence: report.evidence, offCpu: report.offCpu };
  } finally {
    symbols.close();
  }
}
