import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { llvmConfigFolder } from '../../build/llvm-prefix.ts';
import { type BuildTools, fetchCommands, type LlvmSource, releaseTag } from '../../llvm/build.ts';
import { findProof, proofCommands, proofFiles } from '../../llvm/proof.ts';
import type { Command } from '../../process/child.ts';
import type { StepIo } from '../../process/steps.ts';
import { TaskError } from '../../util/errors.ts';
import { makeRunFolder } from '../../util/run-folder.ts';
import { sourcesIn } from './request.ts';

const CLONE_PROGRESS = /^(Receiving objects|Resolving deltas|Updating files):\s+(\d+)%/;

/** The commands that fetch sources, beside the folder where they go. */
export function sourceCommands(source: LlvmSource, dir: string): Command[] {
  const commands = fetchCommands(source, partialFolder(dir));
  return commands.map((argv) => ({ argv, env: { GIT_TERMINAL_PROMPT: '0' } }));
}

/** Where sources are until they are complete. */
export function partialFolder(dir: string): string {
  return `${dir}.partial`;
}

/**
 * Puts LLVM's sources into `dir`, whole or not at all: they are fetched beside it and renamed. Returns the folder with
 * LLVM's own CMakeLists.txt.
 */
export async function fetchSources(
  source: LlvmSource,
  dir: string,
  major: number,
  io: StepIo,
): Promise<string> {
  const partial = partialFolder(dir);
  const hints =
    source.kind === 'clone'
      ? [
          `Tags of this version: git ls-remote --tags ${source.repository} '${releaseTag(major).split('.')[0]}.*'`,
          'From elsewhere: --repository=URL; without a network: --source=DIR or --tarball=FILE',
        ]
      : [];
  try {
    await rm(partial, { recursive: true, force: true });
    await mkdir(dirname(dir), { recursive: true });
    for (const command of sourceCommands(source, dir))
      await io.run(command, { hints, onLine: (line) => showCloneProgress(line, io) });
    const found = await sourcesIn(partial);
    if (found === undefined) {
      const from = source.kind === 'tarball' ? source.file : 'what was fetched';
      throw new TaskError(`Could not use ${from}: it holds no sources of LLVM (llvm/CMakeLists.txt)`, {
        hints: ['LLVM alone is not enough since 15: take llvm-project-N.x.y.src.tar.xz'],
      });
    }
    if (found.major !== undefined && found.major !== major) {
      throw new TaskError(`What was fetched is LLVM ${found.major}, not LLVM ${major}`, {
        hints: [`If that is meant: --llvm-version=${found.major}`],
      });
    }
    await rename(partial, dir);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
  const kept = await sourcesIn(dir);
  if (kept === undefined) throw new Error('the sources are gone');
  return kept.path;
}

function showCloneProgress(line: string, io: StepIo): void {
  const [, what, percent] = CLONE_PROGRESS.exec(line.replace(/^remote: /, '')) ?? [];
  if (what === undefined || percent === undefined) {
    io.say(line);
    return;
  }
  const done = Number(percent);
  io.progress({
    done,
    total: 100,
    secondsLeft: undefined,
    file: what,
    text: `${what.toLowerCase()} ${done} %`,
  });
}

/**
 * Compiles a function with this LLVM's JIT in a private folder and finds it in the jitdump: what perf will see of WAVM's
 * code. Returns the name of the dump.
 *
 * @throws TaskError when the program does not build or run, or leaves no dump with the function.
 */
export async function proveListener(
  llvm: string,
  compilers: BuildTools['compilers'],
  io: StepIo,
): Promise<string> {
  const config = await llvmConfigFolder(llvm);
  if (config === undefined) throw new TaskError(`There is no LLVMConfig.cmake in ${llvm}`);
  const folder = await makeRunFolder({ keep: false });
  try {
    for (const [name, text] of Object.entries(proofFiles)) await writeFile(folder.file(name), text);
    await mkdir(jitdumpFolder(folder.path));
    const hints = [`A listener needs LLVM_USE_PERF; this LLVM is the one in ${llvm}`];
    for (const command of proveCommands(folder.path, config, compilers)) await io.run(command, { hints });
    const dump = await findProof(jitdumpFolder(folder.path));
    if (dump !== undefined) return basename(dump);
    throw new TaskError(`LLVM in ${llvm} compiled a function, but wrote no jitdump that describes it`, {
      hints,
    });
  } finally {
    await folder.dispose();
  }
}

/** The commands of the proof in a folder that holds its files. */
export function proveCommands(
  folder: string,
  llvmConfig: string,
  compilers: BuildTools['compilers'],
): Command[] {
  const env = { JITDUMPDIR: jitdumpFolder(folder) };
  return proofCommands(folder, llvmConfig, compilers).map((argv) => ({ argv, cwd: folder, env }));
}

function jitdumpFolder(folder: string): string {
  return join(folder, 'jit');
}
