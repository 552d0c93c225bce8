import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { cpuProfileSource } from '../../profile/cpuprofile.ts';
import type { TaskContext } from '../../runner/context.ts';
import type { CallTree } from '../../stacks/call-tree.ts';
import { readFolded } from '../../stacks/folded.ts';
import { buildCallTree } from '../../stacks/named-tree.ts';
import { TaskError } from '../../util/errors.ts';
import { isCallgrind } from '../../valgrind/callgrind-file.ts';
import { callgrindProfile } from './callgrind-profile.ts';
import { cpuProfilesIn, v8Folder } from './cpu-profiles.ts';
import { isPerfData, warnOfOtherEvents } from './fold-file.ts';
import { cannotRead, type InputFile, inputFile, withHead } from './input-file.ts';
import { bySamples, type Measure, measureOf } from './measure.ts';
import { moduleNamer } from './module-namer.ts';
import { withPerfSamples } from './perf-samples.ts';
import { adviceOfRecording } from './recording-advice.ts';
import type { StackFilters } from './stack-filters.ts';

/** Names and events only matter for perf.data; folded stacks have theirs. */
export interface ProfileFileArgs {
  readonly wasm: string | undefined;
  readonly function: string | undefined;
  readonly event: string | undefined;
  /** Keep big symbol tables for later runs. */
  readonly cache: boolean;
  /** Which tool wrote the file, where a person said so. */
  readonly from?: 'callgrind' | undefined;
  /** Where dumps of JIT code are that are not beside the file. */
  readonly jitdump?: string | undefined;
}

/** A profile from a file, filtered. */
export interface ProfileFile {
  /** The file as a person wrote it. */
  readonly displayName: string;
  readonly tree: CallTree;
  readonly measure: Measure;
  /** What the tree's samples are: `samples`, or what callgrind counted. */
  readonly counts: string;
  readonly isRecording: boolean;
}

const shape = 'A line is: process;caller;function COUNT';

/**
 * Reads perf.data, a `.cpuprofile` of V8's, a folder that `--keep` left with either, what callgrind wrote, or folded stacks.
 *
 * @throws TaskError for a file that is none of them, or holds no samples.
 */
export async function readProfile(
  file: string,
  args: ProfileFileArgs,
  filters: StackFilters,
  context: TaskContext,
): Promise<ProfileFile> {
  const kept = join(file, 'perf.data');
  const name = file !== '-' && existsSync(resolve(context.cwd, kept)) ? kept : file;
  const profiles = name === kept ? [] : await cpuProfilesOf(resolve(context.cwd, file));
  const input =
    profiles.length > 0 ? undefined : await withHead(await inputFile(name, context.cwd, context.signal));
  const displayName = input?.displayName ?? file;
  const isRecording = input === undefined || isPerfData(input);
  const isCounted = input !== undefined && (args.from === 'callgrind' || isCallgrind(input.head));
  const read = isCounted ? counted : isRecording ? recorded : folded;
  const { tree, measure } = input === undefined ? await sampledByV8() : await read(input);
  if (samplesOf(tree) === 0) {
    throw new TaskError(`${displayName} holds no ${isRecording ? 'samples' : 'stacks'}`, {
      hints: isRecording
        ? ['Record for longer or more often (perf record -F 999), or choose an event it has.']
        : [shape],
    });
  }
  const counts = isCounted ? measure.unit : 'samples';
  const say = (text: string) => context.output.emit({ event: 'note', text });
  return { displayName, tree: filters.apply(tree, displayName, say), measure, counts, isRecording };

  async function sampledByV8(): Promise<{ readonly tree: CallTree; readonly measure: Measure }> {
    const namer = await moduleNamer({ ...args, file }, context);
    const texts = await Promise.all(
      profiles.map(
        async (path) =>
          await readFile(path, 'utf8').catch((error: unknown) => {
            throw cannotRead(path, error);
          }),
      ),
    );
    const { tree, report } = await buildCallTree(cpuProfileSource(texts, { name: displayName }), {
      collapseUnknown: true,
      tid: filters.needsThreads,
      ...(namer === undefined ? {} : { resolve: namer }),
    });
    return { tree, measure: measureOf(report.event) };
  }

  async function recorded(input: InputFile): Promise<{ readonly tree: CallTree; readonly measure: Measure }> {
    const namer = await moduleNamer({ ...args, file: name }, context);
    const { result, evidence } = await withPerfSamples(
      input,
      { via: 'auto', event: args.event, cache: args.cache },
      context,
      async (source) =>
        await buildCallTree(source, {
          collapseUnknown: true,
          tid: filters.needsThreads,
          ...(namer === undefined ? {} : { resolve: namer }),
        }),
    );
    const { tree, report } = result;
    warnOfOtherEvents(report, args.event, context, 'event');
    for (const { message, hints } of evidence === undefined ? [] : adviceOfRecording(evidence, report))
      context.output.emit({ event: 'warning', message, hints });
    return { tree, measure: measureOf(report.event) };
  }

  async function counted(input: InputFile): Promise<{ readonly tree: CallTree; readonly measure: Measure }> {
    const namer = await moduleNamer({ ...args, file: name }, context);
    const dumpFolders = args.jitdump === undefined ? [] : [resolve(context.cwd, args.jitdump)];
    return await callgrindProfile(input, { event: args.event, dumpFolders, namer }, context);
  }

  async function folded(input: InputFile): Promise<{ readonly tree: CallTree; readonly measure: Measure }> {
    const tree = await readFolded(input.chunks(), displayName, (lines) => {
      const message = `${displayName}: ${lines} of its lines are no stacks and were left out`;
      context.output.emit({ event: 'warning', message, hints: [shape] });
    });
    return { tree, measure: bySamples };
  }
}

/** V8's own profiles: a `.cpuprofile` file, or those in a folder that `--keep` left. */
async function cpuProfilesOf(path: string): Promise<string[]> {
  return path.endsWith('.cpuprofile') ? [path] : await cpuProfilesIn(join(path, v8Folder));
}

/** All samples of a tree. */
export function samplesOf(tree: CallTree): number {
  return tree.selfSamples.reduce((sum, samples) => sum + samples, 0);
}
