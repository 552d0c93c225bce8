import { statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { RecordingEvidence } from '../profile/perfdata/evidence.ts';
import type { OffCpuTotals } from '../profile/perfdata/off-cpu.ts';
import type { OffCpuChoice } from '../profile/perfdata/perf-data.ts';
import type { CallTree } from '../stacks/call-tree.ts';
import {
  byMicroseconds,
  bySamples,
  inMicroseconds,
  type Measure,
  measureOf,
  samplesOf,
} from '../stacks/measure.ts';
import { buildCallTree, type ProfileReport } from '../stacks/named-tree.ts';
import type { FoldOptions } from '../stacks/tidy.ts';
import { TaskError, UsageError } from '../util/errors.ts';
import type { KnownModule } from '../wasm/known-module.ts';
import {
  type FormatId,
  foldedShape,
  formatOf,
  type KnownFormat,
  type ProfileInput,
  profileFormats,
  type ReadProfile,
} from './formats.ts';
import { type NamingArgs, profileNamer } from './function-names.ts';
import type { ImportIo } from './import-io.ts';
import { cannotRead, inputFile, withHead } from './input-file.ts';
import type { ImportReport, RecordingOptions } from './recorded-samples.ts';
import { type Advice, adviceOfRecording } from './recording-advice.ts';

/** What every task that reads a profile takes: the flags of tasks/flame-params.ts. */
export interface ImportArgs extends NamingArgs, Pick<RecordingOptions, 'via' | 'event' | 'inline' | 'cache'> {
  /** The format, where a person said so. */
  readonly from?: FormatId | undefined;
}

/** What becomes of a tree before it is drawn or counted. */
export interface TreeFilters {
  /** Roots must say which thread they are. */
  readonly needsThreads: boolean;
  /** `say` is told what was left out, a sentence each. @throws TaskError where nothing is left */
  apply(tree: CallTree, displayName: string, say: (text: string) => void): CallTree;
}

/** The flags, and what a run knows of a recording that it just made. */
export interface ImportOptions extends ImportArgs, RecordingOptions {
  readonly filters?: TreeFilters | undefined;
  /** What messages call it; by default the file as a person wrote it. */
  readonly displayName?: string | undefined;
  /** Modules whose names have been read already. */
  readonly modules?: readonly KnownModule[] | undefined;
  /** Functions without a name are those of the only module, too. */
  readonly namelessByIndex?: boolean | undefined;
  readonly offCpu?: OffCpuChoice | undefined;
  /** For an input that no format recognises: whose reader is to say what is wrong with it. */
  readonly otherwise?: FormatId | undefined;
  /** How names are tidied. Without it a run of unresolved frames is one frame, which folded text does not do. */
  readonly tidy?: FoldOptions | undefined;
  /** A profile without samples is no error here. */
  readonly mayBeEmpty?: boolean;
}

/** A profile that has been read, named and filtered. */
export interface ImportedProfile {
  readonly displayName: string;
  readonly format: FormatId;
  /** What it is of, where it says so. */
  readonly title: string | undefined;
  /** What is left after the filters. */
  readonly tree: CallTree;
  readonly unfiltered: CallTree;
  readonly measure: Measure;
  /** What the tree's samples are: `samples`, or what another tool counted. */
  readonly counts: string;
  /** Only of samples. */
  readonly report: (ProfileReport & ImportReport) | undefined;
  readonly evidence: RecordingEvidence | undefined;
  readonly offCpu: OffCpuTotals | undefined;
  /** What a person should know about it, worst first. */
  readonly advice: readonly Advice[];
  /** What the filters left out. */
  readonly notes: readonly string[];
}

/** An input whose format is known, before it is read. */
export interface OpenedProfile {
  readonly input: ProfileInput;
  readonly format: FormatId;
  read(): Promise<ReadProfile>;
  readonly options: ImportOptions;
  readonly advice: Advice[];
}

/**
 * The one door for profiles: a file or `-`, or a folder of `--keep` or of a run, of any format in formats.ts.
 *
 * @throws TaskError for what is none of them, is damaged, or holds no samples
 */
export async function importProfile(
  file: string,
  options: Omit<ImportOptions, 'advise'>,
  io: ImportIo,
): Promise<ImportedProfile> {
  return await readOpened(await openProfile(file, options, io), io);
}

/** Finds out which format an input is of, so that a task may treat some in its own way. */
export async function openProfile(
  file: string,
  asked: Omit<ImportOptions, 'advise'>,
  io: ImportIo,
): Promise<OpenedProfile> {
  const input = await profileInput(file, io);
  const known = formatOf(input) ?? formatCalled(asked.otherwise ?? 'folded');
  const format = asked.from === undefined ? known : formatCalled(asked.from);
  const advice: Advice[] = [];
  const jitdump = asked.jitdump === undefined ? undefined : resolve(io.cwd, asked.jitdump);
  const options = { ...asked, jitdump, advise: (one: Advice) => advice.push(one) };
  if (asked.inline && format.id !== 'perf.data' && format.id !== 'keep')
    throw inlineNeedsRecording(input, format.what);
  return {
    input,
    format: format.id,
    options,
    advice,
    read: async () => await format.read(input, options, io),
  };
}

/** Makes the tree of an opened profile. */
export async function readOpened(opened: OpenedProfile, io: ImportIo): Promise<ImportedProfile> {
  const read = await opened.read();
  const options = { ...opened.options, ...read.options };
  const { filters, tidy } = options;
  const displayName = options.displayName ?? opened.input.displayName;
  const made =
    'tree' in read ? { tree: read.tree, measure: read.measure, report: undefined } : await sampled();
  const hasSamples = samplesOf(made.tree) > 0;
  if (!hasSamples && options.mayBeEmpty !== true) throw isEmpty(displayName, opened.format);
  const advice: Advice[] = [...opened.advice];
  const { report } = made;
  if (report?.evidence !== undefined) advice.unshift(...adviceOfRecording(report.evidence, report));
  if (report !== undefined) advice.unshift(...adviceOnOtherEvents(report, options.event));
  const notes: string[] = [];
  return {
    displayName,
    format: opened.format,
    title: read.title,
    tree:
      filters === undefined || !hasSamples
        ? made.tree
        : filters.apply(made.tree, displayName, (text) => notes.push(text)),
    unfiltered: made.tree,
    measure: made.measure,
    counts: 'tree' in read ? made.measure.unit : bySamples.unit,
    report,
    evidence: report?.evidence,
    offCpu: report?.offCpu,
    advice,
    notes,
  };

  async function sampled() {
    if ('tree' in read) throw new Error('it has no samples');
    const resolver = await profileNamer(options, read.dumpFolders, io);
    const { tree, report } = await buildCallTree(read.source, {
      ...(tidy ?? { collapseUnknown: true, tid: filters?.needsThreads === true }),
      ...(resolver === undefined ? {} : { resolve: resolver }),
    });
    return options.offCpu === undefined
      ? { tree, report, measure: measureOf(report.event) }
      : { tree: inMicroseconds(tree), report, measure: byMicroseconds };
  }
}

/** The input with what tells its format; also of a pipe the first bytes. */
async function profileInput(file: string, io: ImportIo): Promise<ProfileInput> {
  const path = resolve(io.cwd, file);
  if (file === '-' || statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
    return { ...(await withHead(await inputFile(file, io.cwd, io.signal))), entries: [] };
  const entries = await readdir(path).catch((error: unknown) => {
    throw cannotRead(file, error);
  });
  // What `perf record --threads` makes is a folder too.
  const head = entries.includes('data')
    ? (await inputFile(join(path, 'data'), io.cwd, io.signal)).head
    : new Uint8Array();
  const input: ProfileInput = { displayName: file, path, head, entries, chunks: async function* () {} };
  if (formatOf(input) !== undefined) return input;
  throw cannotRead(file, Object.assign(new Error('it is a folder'), { code: 'EISDIR' }), [
    'Name a file, a folder that --keep left, or - for stdin.',
  ]);
}

function formatCalled(id: FormatId): KnownFormat {
  const found = profileFormats.find((format) => format.id === id);
  if (found === undefined) throw new Error(`no format is called ${id}`);
  return found;
}

function isEmpty(displayName: string, format: FormatId): TaskError {
  const isFolded = format === 'folded';
  return new TaskError(`${displayName} holds no ${isFolded ? 'stacks' : 'samples'}`, {
    hints: isFolded
      ? [foldedShape]
      : ['Record for longer or more often (perf record -F 999), or choose an event it has.'],
  });
}

function inlineNeedsRecording({ displayName }: ProfileInput, what: string): UsageError {
  return new UsageError(
    `--inline needs a recording: ${displayName} is ${what}, which does not say where binaries are`,
    { hints: ['Type: tasks flame.fold perf.data --inline', 'Or leave out --no-inline of perf script.'] },
  );
}

/** One event at a time is counted, as stackcollapse-perf.pl does it; what that leaves out should not go unseen. */
export function adviceOnOtherEvents(
  report: Pick<ProfileReport, 'event' | 'events' | 'samples' | 'filteredSamples'>,
  asked: string | undefined,
): Advice[] {
  if (report.filteredSamples === 0) return [];
  const { event = asked ?? '', samples, filteredSamples } = report;
  const others = [...report.events.keys()].filter((name) => name !== event);
  const message =
    samples === 0
      ? `No sample is of the event ${event}`
      : `Only samples of ${event} were folded, ${filteredSamples} of other events were left out`;
  return [{ message, hints: [`Choose with ${others.map((name) => `--event=${name}`).join(' or ')}`] }];
}
