import { dirname } from 'node:path';
import { setImmediate as breath } from 'node:timers/promises';
import { TaskError } from '../../util/errors.ts';
import type { SampleSource, SampleVisitor } from '../samples.ts';
import type { DemangleBatch } from '../symbols/demangled-names.ts';
import { type Container, openContainer, openStream } from './container.ts';
import type { PerfDataReport } from './evidence.ts';
import type { SymbolFinder } from './mapped-code.ts';
import { Replay } from './replay.ts';
import { Scan } from './scan.ts';

export interface PerfDataOptions {
  readonly symbols: SymbolFinder;
  /** Makes C++ and Rust names readable; without it they stay as they are. */
  readonly demangle?: DemangleBatch | undefined;
  /** For messages. */
  readonly displayName: string;
  /** Deliver only this event; else that of the first sample. */
  readonly event?: string | undefined;
  /** Deliver every event: one counter that a machine with two kinds of cores records as two. */
  readonly allEvents?: boolean;
  /** Deliver the times that threads were off their processors: alone, or with the samples of the other events. */
  readonly offCpu?: OffCpuChoice | undefined;
  /** Where dumps are that are neither where they were recorded nor beside the file. */
  readonly jitdumpFolders?: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** Off-CPU times only, or on- and off-CPU times. */
export type OffCpuChoice = 'only' | 'both';

/** A recording as a source of samples. */
export interface PerfDataSource extends SampleSource {
  read(visitor: SampleVisitor): Promise<PerfDataReport>;
}

/** How callers were recorded, where frame pointers were not what was followed. */
export type Unwinding = 'dwarf' | 'lbr' | undefined;

/**
 * Reads what `perf record` wrote: a file, a directory (`--threads`) or, given bytes, a pipe. Frames and threads are those
 * that `perf inject -j` and `perf script` would print; nothing is written. Memory depends on the number of distinct
 * addresses and on how far records are out of order, not on the size of the file.
 *
 * @throws TaskError for what is not a recording; a cut or damaged one gives what is before that, and says so
 */
export function perfDataSource(
  input: string | AsyncIterable<Uint8Array>,
  options: PerfDataOptions,
): PerfDataSource {
  return {
    read: async (visitor) => {
      const path = typeof input === 'string' ? input : undefined;
      const container =
        typeof input === 'string'
          ? openContainer(input, options.displayName)
          : await openStream(input, options.displayName);
      try {
        return await readContainer(container, path, visitor, options);
      } finally {
        container.close();
      }
    },
  };
}

/** How the callers of a recording's samples must be found: undefined when it holds them. */
export function unwindingOf(path: string, displayName: string): Unwinding {
  const container = openContainer(path, displayName);
  container.close();
  return container.events.map(({ attr }) => attr.unwinding).find((unwinding) => unwinding !== undefined);
}

/** The build-ids that a recording notes, in hex by path (latin1). */
export function recordedBuildIds(path: string, displayName: string): ReadonlyMap<string, string> {
  const container = openContainer(path, displayName);
  container.close();
  return container.features.buildIds;
}

async function readContainer(
  container: Container,
  path: string | undefined,
  visitor: SampleVisitor,
  options: PerfDataOptions,
): Promise<PerfDataReport> {
  const scan = new Scan(container);
  const folders = [...(path === undefined ? [] : [dirname(path)]), ...(options.jitdumpFolders ?? [])];
  const rest = async (): Promise<void> => {
    await breath();
    options.signal?.throwIfAborted();
  };
  const replay = new Replay(scan, visitor, { ...options, folders, rest });
  await scan.run(replay, rest);
  await replay.deliver(Number.POSITIVE_INFINITY);
  if (scan.events.all.length === 0) {
    throw new TaskError(
      `Could not read ${options.displayName}: it says nothing of the events that were recorded`,
    );
  }
  return await replay.end();
}
