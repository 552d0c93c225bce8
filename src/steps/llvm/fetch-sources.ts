import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fetchCommands, type LlvmSource } from '../../llvm/plan.ts';
import { releaseTag } from '../../llvm/versions.ts';
import type { StepIo } from '../../process/steps.ts';
import { TaskError } from '../../util/errors.ts';
import { sourcesIn } from './llvm-request.ts';

const CLONE_PROGRESS = /^(Receiving objects|Resolving deltas|Updating files):\s+(\d+)%/;

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
  const partial = `${dir}.partial`;
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
    for (const argv of fetchCommands(source, partial)) {
      await io.run({ argv, env: { GIT_TERMINAL_PROMPT: '0' } }, { hints, onLine: (line) => show(line, io) });
    }
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

function show(line: string, io: StepIo): void {
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
