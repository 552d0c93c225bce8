/**
 * The folder of a run, which `--keep` leaves:
 *
 *     perf.data, or v8/*.cpuprofile      the samples, by perf or by V8's own profiler (one file a thread)
 *     jit-PID.dump …                     JIT code, beside which perf.data's is looked for
 *     profile.json                       what the recording itself cannot say: see {@link KeptAbout}
 */
import { createHash } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { cpuProfileSource } from '../profile/cpuprofile.ts';
import { messageOf } from '../util/errors.ts';
import { readRegularFile } from '../util/regular-file.ts';
import { v8Folder } from '../util/run-folder.ts';
import type { KnownModule } from '../wasm/known-module.ts';
import type { ProfileInput, ReadSamples } from './formats.ts';
import { moduleNames, namesModule, readModule } from './function-names.ts';
import type { ImportIo } from './import-io.ts';
import type { ImportOptions } from './import-profile.ts';
import { cannotRead, inputFile, withHead } from './input-file.ts';
import type { aboutSchema } from './kept-schema.ts';
import { recordedSamples } from './recorded-samples.ts';

const aboutName = 'profile.json';

/** What a run knows of its recording. */
export interface KeptAbout {
  /** What was recorded: `demo/echo`. */
  readonly title: string;
  /** What ran it: `embedded microbench_runner`; undefined for a program of the user's own. */
  readonly engine?: string | undefined;
  /** The module whose functions the frames are. */
  readonly module?:
    | {
        readonly path: string;
        readonly user: string;
        readonly func: string;
        /** Nameless functions are this module's, too: the user said that it was run. */
        readonly namelessByIndex: boolean;
      }
    | undefined;
  readonly offCpu?: 'only' | 'both' | undefined;
}

type StoredAbout = z.infer<typeof aboutSchema>;

/** Leaves in a run folder what later readers of its recording need to know. */
export async function describeRecording(folder: string, about: KeptAbout): Promise<void> {
  const { module, ...others } = about;
  const stored: StoredAbout = {
    format: 'faasm-tasks/recording',
    version: 1,
    ...others,
    ...(module === undefined
      ? {}
      : { module: { ...module, sha256: sha256Of(readRegularFile(module.path)) } }),
  };
  await writeFile(join(folder, aboutName), `${JSON.stringify(stored, undefined, 1)}\n`);
}

/** Reads a run folder: V8's profiles where there are some (perf failed before), else perf.data. */
export async function readKept(
  input: ProfileInput,
  options: ImportOptions,
  io: ImportIo,
): Promise<ReadSamples> {
  const folder = input.path ?? input.displayName;
  const about = await aboutOf(folder);
  const modules = options.modules ?? (namesModule(options) ? undefined : await modulesOf(about, io));
  const known: Partial<ImportOptions> = {
    allEvents: options.event === undefined,
    offCpu: options.offCpu ?? about?.offCpu,
    modules,
    namelessByIndex: options.modules === undefined ? about?.module?.namelessByIndex : options.namelessByIndex,
  };
  const common = { title: about?.title, options: known, dumpFolders: [folder], isPerfs: false };
  const profiles = await cpuProfilesIn(join(folder, v8Folder));
  if (profiles.length > 0) {
    const texts = profiles.map((path) => {
      try {
        return readRegularFile(path).toString('utf8');
      } catch (error) {
        throw cannotRead(path, error);
      }
    });
    return { ...common, source: cpuProfileSource(texts, { name: input.displayName }) };
  }
  const perfData = await withHead(await inputFile(join(folder, 'perf.data'), io.cwd, io.signal));
  const named = { ...perfData, displayName: join(input.displayName, 'perf.data') };
  return { ...common, source: recordedSamples(named, { ...options, ...known }, io) };
}

/** The profiles that V8's sampler left in a folder, one a thread; none where there is no such folder. */
export async function cpuProfilesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.endsWith('.cpuprofile'))
    .sort()
    .map((name) => join(folder, name));
}

/** The module that was run, while it still is the same file. */
async function modulesOf(about: StoredAbout | undefined, io: ImportIo): Promise<readonly KnownModule[]> {
  if (about?.module === undefined) return [];
  const { path, user, func, sha256 } = about.module;
  const hints = ['Name the frames from the module as it was: --wasm FILE'];
  try {
    const file = await readModule(path);
    if (sha256Of(file.bytes) === sha256) return [await moduleNames(user, func, file, io.signal, io.warn)];
    io.warn(`${path} changed since the recording, so its names were not used`, hints);
  } catch (error) {
    io.warn(`The recording's module was not used. ${messageOf(error)}`, hints);
  }
  return [];
}

async function aboutOf(folder: string): Promise<StoredAbout | undefined> {
  let text: string;
  try {
    text = readRegularFile(join(folder, aboutName)).toString('utf8');
  } catch {
    // Kept by an older version.
    return undefined;
  }
  const { aboutSchema } = await import('./kept-schema.ts');
  try {
    return aboutSchema.parse(JSON.parse(text));
  } catch (error) {
    throw cannotRead(join(folder, aboutName), error, ['Without that file the folder can be read as well.']);
  }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
