import type { SourceReport } from '../samples.ts';
import type { SymbolsFound } from '../symbols/symbol-table.ts';
import type { OffCpuTotals } from './off-cpu.ts';

/** What became of a process's jitdump. */
export interface JitdumpEvidence {
  readonly pid: number;
  /** As the process mapped it. */
  readonly path: string;
  readonly state:
    | 'read'
    | 'cut'
    | 'missing'
    | 'empty'
    | 'not a jitdump'
    | 'other process'
    | 'other clock'
    | 'processor clock';
}

/** Samples whose innermost frame has no name, by where that frame is. */
export interface UnresolvedEvidence {
  /** As perf shows it; `[unknown]` for what nothing was mapped at. */
  readonly dso: string;
  readonly samples: number;
  readonly why: Extract<SymbolsFound, { found: false }>['reason'] | 'not in its symbols' | 'not mapped';
  readonly detail: string;
}

/** What a recording itself tells about its quality. */
export interface RecordingEvidence {
  /** Events and samples that the kernel could not write, because perf did not read fast enough. */
  readonly lostEvents: number;
  readonly lostSamples: number;
  /** Times the kernel sampled less often to spare the machine. */
  readonly throttles: number;
  /** The recording did not end, or the file was cut, or is damaged from some point on. */
  readonly truncated: 'not ended' | 'cut' | 'damaged' | undefined;
  readonly jitdumps: readonly JitdumpEvidence[];
  readonly unresolved: readonly UnresolvedEvidence[];
  /** Sample times are CLOCK_MONOTONIC's, as a jitdump's are. */
  readonly isMonotonic: boolean;
  readonly excludesKernel: boolean;
  /** Kernel frames have no names, all of them. */
  readonly kernelIsHidden: boolean;
  /** Hardware traces (Intel PT and the like) are in the file, and not read. */
  readonly hasTraces: boolean;
  readonly perfVersion: string | undefined;
  readonly commandLine: readonly string[];
}

export interface PerfDataReport extends SourceReport {
  /** Where they were asked for. */
  readonly offCpu: OffCpuTotals | undefined;
  readonly evidence: RecordingEvidence;
}
