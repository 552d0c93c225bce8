import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from '../../process/child.ts';
import type { StepIo } from '../../process/steps.ts';
import { cpuProfileSource } from '../../profile/cpuprofile.ts';
import { perfInject, perfScript } from '../../profile/perf-commands.ts';
import { perfScriptSource } from '../../profile/perf-script.ts';
import type { RecordingEvidence } from '../../profile/perfdata/evidence.ts';
import type { OffCpuTotals } from '../../profile/perfdata/off-cpu.ts';
import type { CallTree } from '../../stacks/call-tree.ts';
import { buildCallTree, type ProfileReport } from '../../stacks/named-tree.ts';
import type { FrameNamer } from './function-names.ts';
import { printedWithInlinedCalls } from './inlined-source.ts';
import { NameSources } from './name-sources.ts';
import { withRecordedSamples } from './recorded-samples.ts';
import type { Recording, RecordingPlan } from './recording.ts';

/** A recording's call tree; `evidence` where we read it ourselves. */
export interface FoldedRecording {
  readonly tree: CallTree;
  readonly report: ProfileReport;
  readonly evidence?: RecordingEvidence;
  readonly offCpu?: OffCpuTotals | undefined;
}

/** Names for a recording of this program, made ready while it is recorded. */
export async function prefetchNames(
  { cache, folder, program, via }: RecordingPlan,
  signal: AbortSignal,
): Promise<NameSources | undefined> {
  if (via !== 'reader') return undefined;
  const names = new NameSources({ cache, mapFolders: [folder.path] }, signal);
  const [path] = 'engine' in program ? program.argv([]) : program.argv;
  try {
    await names.readAhead(path);
    return names;
  } catch (error) {
    names.close();
    throw error;
  }
}

/** Samples -> call tree, with wasm frames named as they pass. */
export async function foldRecording(
  recording: Recording,
  namer: FrameNamer,
  { folder, via, offCpu, cache, tellsThreads, inline, env }: RecordingPlan,
  io: StepIo,
  names?: NameSources,
): Promise<FoldedRecording> {
  const options = { collapseUnknown: true, tid: tellsThreads };
  if (recording.sampler === 'v8') {
    const texts = await Promise.all(recording.profiles.map(async (path) => await readFile(path, 'utf8')));
    return await buildCallTree(cpuProfileSource(texts), { ...options, resolve: namer });
  }
  if (via === 'reader') {
    const { signal } = io;
    const reading = {
      displayName: recording.perfData,
      allEvents: true,
      jitdump: folder.path,
      cache,
      names,
      signal,
      offCpu,
      inline,
      env,
    };
    const { result, evidence, ...rest } = await withRecordedSamples(
      recording.perfData,
      reading,
      async (source) => await buildCallTree(source, { ...options, resolve: namer }),
    );
    return { ...result, evidence, offCpu: rest.offCpu };
  }
  const injected = folder.file('perf.data.jit');
  const buildIds = folder.file('buildid');
  const inject: Command = { argv: perfInject(recording.perfData, injected, buildIds), cwd: folder.path };
  await io.run(inject);
  let result: { tree: CallTree; report: ProfileReport } | undefined;
  const strays = new Set<string>();
  const script: Command = { argv: perfScript(injected, buildIds), cwd: folder.path };
  await io.run(script, {
    stdout: async (bytes) => {
      const printed = perfScriptSource(bytes, { allEvents: true });
      const places = { cache, signal: io.signal, env };
      const displayed =
        inline === undefined
          ? printed
          : printedWithInlinedCalls(printed, recording.perfData, { ...places, wish: inline });
      result = await buildCallTree(displayed, {
        ...options,
        resolve: (frame) => {
          if (/\/jitted-\d+-\d+\.so$/.test(frame.dso) && !frame.dso.startsWith(folder.path))
            strays.add(frame.dso);
          return namer(frame);
        },
      });
    },
  });
  await removeStrays(strays);
  if (result === undefined) throw new Error('perf script ended without having been read');
  return result;
}

/** `perf inject` leaves a file per function beside a dump; in a folder of the user's they go again. */
async function removeStrays(seen: ReadonlySet<string>): Promise<void> {
  const families = new Map<string, RegExp>();
  for (const path of seen) {
    const [, folder = '', pid = ''] = /^(.*)\/jitted-(\d+)-\d+\.so$/.exec(path) ?? [];
    families.set(`${folder}\0${pid}`, new RegExp(`^jitted-${pid}-\\d+\\.so$`));
  }
  for (const [key, pattern] of families) {
    const [folder = ''] = key.split('\0');
    const names = await readdir(folder).catch(() => []);
    await Promise.all(
      names.filter((name) => pattern.test(name)).map((name) => rm(join(folder, name), { force: true })),
    );
  }
}
