import { readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findOnPath } from '../faasm/binaries.ts';
import { type Command, childFailure } from '../process/child.ts';
import { perfInject, perfScript } from '../profile/perf-commands.ts';
import { perfMissing } from '../profile/perf-failure.ts';
import { perfScriptSource } from '../profile/perf-script.ts';
import type { RecordingEvidence } from '../profile/perfdata/evidence.ts';
import type { OffCpuTotals } from '../profile/perfdata/off-cpu.ts';
import {
  type OffCpuChoice,
  perfDataSource,
  recordedBuildIds,
  unwindingOf,
} from '../profile/perfdata/perf-data.ts';
import type { SampleSource, SampleVisitor, SourceReport } from '../profile/samples.ts';
import { Symbols } from '../profile/symbols/symbols.ts';
import { withInlinedCalls } from '../stacks/inlined-calls.ts';
import { stopOptimising } from '../util/compiler.ts';
import { MachineError } from '../util/errors.ts';
import { makeRunFolder, type RunFolder } from '../util/run-folder.ts';
import { Demangler } from './demangling.ts';
import type { Via } from './formats.ts';
import type { ImportIo } from './import-io.ts';
import { InlinedCalls } from './inlined-calls.ts';
import type { InputFile } from './input-file.ts';
import { NameSources, symbolCache } from './name-sources.ts';
import type { Advice } from './recording-advice.ts';

/** How a recording of perf's is read. */
export interface RecordingOptions {
  readonly via: Via;
  /** Only this event; else that of the first sample. */
  readonly event?: string | undefined;
  /** Every event: one counter that a machine with two kinds of cores records as two. */
  readonly allEvents?: boolean | undefined;
  readonly offCpu?: OffCpuChoice | undefined;
  /** Where dumps are that are neither where they were recorded nor beside the file. */
  readonly jitdump?: string | undefined;
  /** Keep big symbol tables for later runs. */
  readonly cache: boolean;
  /** Show inlined calls as frames of their own. */
  readonly inline: boolean;
  /** Names that were made ready while it was recorded; closed when it has been read. */
  readonly names?: NameSources | undefined;
  /** Where perf may leave files: the folder of the run that made the recording. */
  readonly runFolder?: RunFolder | undefined;
  /** Is told why some inlined calls are not shown. */
  readonly advise: (advice: Advice) => void;
}

/** What a source has to say after it was read; `evidence` only where this program read perf.data itself. */
export interface ImportReport extends SourceReport {
  readonly evidence?: RecordingEvidence | undefined;
  readonly offCpu?: OffCpuTotals | undefined;
}

/** Samples that can be read once; everything that reading them needs is opened and closed by it. */
export interface ImportSource extends SampleSource {
  read(visitor: SampleVisitor): Promise<ImportReport>;
}

/** Why a recording goes through `perf script` all the same; undefined when it does not. */
export function perfScriptReason(input: InputFile, via: Via): string | undefined {
  if (via === 'perf-script') return 'asked for';
  const unwinding =
    via === 'auto' && input.path !== undefined ? unwindingOf(input.path, input.displayName) : undefined;
  if (unwinding === 'dwarf') return 'its callers are in copies of the stack (--call-graph dwarf)';
  return unwinding === 'lbr'
    ? "its callers are in the processor's branch records (--call-graph lbr)"
    : undefined;
}

/** A recording's samples, read by this program or by perf. */
export function recordedSamples(input: InputFile, options: RecordingOptions, io: ImportIo): ImportSource {
  return {
    read: async (visitor) => {
      const reason = perfScriptReason(input, options.via);
      if (reason === undefined) return await readDirectly(input, options, io, visitor);
      if ((await findOnPath('perf', io.env)) === undefined) throw needsPerf(input, options.via, reason);
      if (options.via === 'auto') io.note(`${input.displayName} is read by perf script: ${reason}`);
      const folder = options.runFolder ?? (await makeRunFolder({ keep: false }));
      try {
        return await readThroughPerf(input, { ...options, folder }, io, visitor);
      } finally {
        if (options.runFolder === undefined) await folder.dispose();
      }
    },
  };
}

function needsPerf(input: InputFile, via: Via, reason: string): MachineError {
  const why = via === 'auto' ? reason : '--via=perf-script and --verify need it';
  return new MachineError(`Could not read ${input.displayName}: ${perfMissing.why}, and ${why}`, {
    hints: [
      perfMissing.fix,
      ...(via === 'auto' ? [] : ['Or read it without perf: leave out --via and --verify']),
    ],
  });
}

/** Reads with this machine's symbols; nothing is written but, where that is wanted, the cache. */
async function readDirectly(
  input: InputFile,
  options: RecordingOptions,
  { signal, env }: ImportIo,
  visitor: SampleVisitor,
): Promise<ImportReport> {
  const { event, allEvents = false, offCpu, jitdump, inline, advise } = options;
  const { path, displayName } = input;
  if (path !== undefined && isSmall(path)) stopOptimising();
  const cache = symbolCache(options.cache, env);
  const folders = jitdump === undefined ? [] : [jitdump];
  const beside = path === undefined ? [] : [dirname(path)];
  const { names = new NameSources({ cache, mapFolders: [...folders, ...beside] }, signal) } = options;
  const { symbols, demangler } = names;
  let report: ImportReport | undefined;
  const source = perfDataSource(path ?? input.chunks(), {
    symbols,
    displayName,
    event,
    allEvents,
    offCpu,
    signal,
    demangle: demangler.batch,
    jitdumpFolders: folders,
  });
  try {
    if (!inline) return await source.read(visitor);
    const reported: SampleSource = {
      read: async (into) => {
        report = await source.read(into);
        return report;
      },
    };
    const how = { symbols, demangler, callersAreReturns: true, cache, signal, env, advise };
    return { ...report, ...(await inlinedSource(reported, how).read(visitor)) };
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

/** The commands that print a recording: with its jitdumps, and without. */
export function perfScriptCommands(
  path: string,
  folder: RunFolder,
  isOwn = false,
): { readonly inject: Command; readonly script: Command; readonly plain: Command } {
  const [injected, buildIds] = [folder.file('perf.data.jit'), folder.file('buildid')];
  const place = isOwn ? { cwd: folder.path } : {};
  return {
    inject: { argv: perfInject(path, injected, buildIds), ...place },
    script: { argv: isOwn ? perfScript(injected, buildIds) : perfScript(injected), ...place },
    plain: { argv: perfScript(path) },
  };
}

interface ThroughPerfOptions extends RecordingOptions {
  readonly folder: RunFolder;
}

/** Has perf print a perf.data file, with JIT symbols where its dumps are still there. */
async function readThroughPerf(
  input: InputFile,
  options: ThroughPerfOptions,
  io: ImportIo,
  visitor: SampleVisitor,
): Promise<ImportReport> {
  const { folder, event, allEvents, inline, advise, runFolder } = options;
  const { path } = input;
  const isOwn = runFolder !== undefined;
  const { inject, script, plain } = perfScriptCommands(path ?? input.displayName, folder, isOwn);
  // perf inject makes nothing good of a pipe's recording, nor of a folder's.
  const injected = isOneFile(input) ? await io.run(inject, { mayFail: !isOwn }) : undefined;
  if (injected !== undefined && injected.exitCode !== 0) {
    const why = injected.tail.split('\n').at(-1) ?? '';
    const message = `JIT code keeps its addresses: perf inject could not use the jitdump${why === '' ? '' : ` (${why})`}`;
    io.warn(message, ['Record with -k 1 and leave jit-PID.dump where it was written.']);
  }
  const command = injected?.exitCode === 0 ? script : plain;
  const injectedFiles = new InjectedFiles(folder.path);
  let report: SourceReport | undefined;
  const outcome = await io.run(command, {
    mayFail: true,
    stdout: async (bytes) => {
      const printed = perfScriptSource(bytes, {
        event,
        allEvents: allEvents === true,
        name: input.displayName,
      });
      const source =
        inline && path !== undefined ? printedWithInlinedCalls(printed, path, options, io, advise) : printed;
      report = await source.read(isOwn ? injectedFiles.noting(visitor) : visitor);
    },
  });
  if (isOwn) injectedFiles.remove();
  if (outcome.exitCode !== 0) throw childFailure(`Could not read ${input.displayName}`, command, outcome);
  if (report === undefined) throw new Error('perf script ended without having been read');
  return report;
}

/** What came through a pipe has a header of 16 bytes; a folder has files of records beside `data`. */
function isOneFile({ path, head }: InputFile): boolean {
  const isPipe = head[8] === 16;
  return !isPipe && path !== undefined && statSync(path).isFile();
}

/** The files, one a function, that `perf inject` left beside a dump outside of the run folder: they go again. */
class InjectedFiles {
  readonly #families = new Map<string, { readonly folder: string; readonly pattern: RegExp }>();
  readonly #runFolder: string;

  constructor(runFolder: string) {
    this.#runFolder = runFolder;
  }

  /** A visitor that looks at the frames as they pass. */
  noting(visitor: SampleVisitor): SampleVisitor {
    return {
      thread: (thread) => visitor.thread(thread),
      sample: (...sample) => visitor.sample(...sample),
      frame: (frame) => {
        const [, folder = '', pid = ''] = /^(.*)\/jitted-(\d+)-\d+\.so$/.exec(frame.dso) ?? [];
        if (pid !== '' && !folder.startsWith(this.#runFolder))
          this.#families.set(`${folder}\0${pid}`, {
            folder,
            pattern: new RegExp(`^jitted-${pid}-\\d+\\.so$`),
          });
        visitor.frame(frame);
      },
    };
  }

  remove(): void {
    for (const { folder, pattern } of this.#families.values()) {
      try {
        for (const name of readdirSync(folder))
          if (pattern.test(name)) rmSync(join(folder, name), { force: true });
      } catch {
        // The folder is gone, or somebody else's.
      }
    }
  }
}

interface InlinedSourceOptions extends Pick<ImportIo, 'env' | 'signal'> {
  readonly symbols: Symbols;
  readonly demangler: Demangler;
  /** By path (latin1), where somebody else read the symbols. */
  readonly buildIds?: ReadonlyMap<string, string>;
  readonly callersAreReturns: boolean;
  readonly cache: string | undefined;
  readonly advise: (advice: Advice) => void;
}

/** A recording's samples with the inlined calls that this machine's debug information tells of. */
function inlinedSource(source: SampleSource, options: InlinedSourceOptions): SampleSource {
  const { symbols, demangler, buildIds, callersAreReturns, cache, signal, env, advise } = options;
  return {
    read: async (visitor) => {
      const calls = new InlinedCalls({
        debugInfo: (path) => symbols.debugInfo(path, buildIds?.get(path)),
        demangle: demangler.batch,
        cache,
        signal,
        env,
      });
      const report = await withInlinedCalls(source, { find: calls.find, callersAreReturns }).read(visitor);
      for (const advice of calls.advice()) advise(advice);
      return report;
    },
  };
}

/** The same for what perf printed of a recording; perf itself would look the calls up one address after the other. */
function printedWithInlinedCalls(
  source: SampleSource,
  path: string,
  options: RecordingOptions,
  { env, signal }: ImportIo,
  advise: (advice: Advice) => void,
): SampleSource {
  const cache = symbolCache(options.cache, env);
  return inlinedSource(source, {
    cache,
    env,
    signal,
    advise,
    symbols: new Symbols(),
    demangler: new Demangler(signal, cache),
    buildIds: recordedBuildIds(path, path),
    callersAreReturns: unwindingOf(path, path) === undefined,
  });
}
