import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { BuildDirectory } from '../../build/build-directory.ts';
import { isOn } from '../../build/cmake-cache.ts';
import { readCodeModel } from '../../build/file-api.ts';
import { wordsInFile } from '../../build/file-words.ts';
import { llvmConfigFolder, perfFilePath } from '../../build/perf-switch.ts';
import {
  type Finding,
  findingLine,
  holdsJit,
  judgeBinary,
  judgeConfigured,
  type PerfVerdict,
  verdictLines,
} from '../../build/perf-verdict.ts';
import { TaskError } from '../../util/errors.ts';

/** True for a build directory that was configured for perf, now or before. */
export function isPerfBuild(directory: BuildDirectory): boolean {
  return directory.kind === 'configured' && isOn(directory.cache.get('FAASM_PERF_PROFILING'));
}

/**
 * Reads back what a configure has made of `--perf`.
 *
 * @throws TaskError when any part of it has no effect, with every finding.
 */
export async function verifyConfigured(
  buildDir: string,
  llvmDir: string | undefined,
  llvmMajor: number,
): Promise<PerfVerdict> {
  const model = await readCodeModel(buildDir);
  if (model === undefined) {
    throw new TaskError(`Could not check --perf: CMake left no description of the build in ${buildDir}`, {
      hints: ['CMake 3.14 and newer write one: configure again with tasks dev.cmake --perf --clean'],
    });
  }
  const verdict = await judgeConfigured(model, readText);
  const hints: string[] = [];
  if (verdict.listener.state === 'no')
    hints.push(
      `Debian's LLVM can do it: sudo apt-get install llvm-${llvmMajor}-dev`,
      'Or build one that can: tasks dev.llvm',
      'An LLVM elsewhere: LLVM_DIR=DIR tasks dev.cmake --perf --clean',
    );
  const wanted = llvmDir === undefined ? undefined : await llvmConfigFolder(llvmDir);
  const isOther =
    wanted !== undefined && verdict.llvm !== undefined && !resolve(wanted).startsWith(verdict.llvm);
  if (isOther) hints.push(`The checkout insists on ${verdict.llvm}; CMake 3.24 and newer can override it.`);
  if (verdict.perfEvents.state === 'no')
    hints.push(`Look yourself: grep -rn WAVM_PERF_EVENTS ${buildDir} --include=LLVMModule.cpp`);
  const isDead = [verdict.listener, verdict.perfEvents, verdict.framePointers].some(
    ({ state }) => state === 'no',
  );
  if (!isDead && !isOther) return verdict;
  throw new TaskError('--perf has no effect in this build: perf would not see WebAssembly functions', {
    detail: verdictLines(verdict).join('\n'),
    hints: [...hints, `What was done is in ${perfFilePath(buildDir)} and CMakeCache.txt`],
  });
}

/**
 * Looks for the listener in what was just built.
 *
 * @returns a finding for each target that holds the JIT; none for a build of other things.
 * @throws TaskError when a program lacks it.
 */
export async function verifyBuilt(buildDir: string, targets: readonly string[]): Promise<readonly Finding[]> {
  const model = await readCodeModel(buildDir);
  if (model === undefined) return [];
  const findings: Finding[] = [];
  for (const target of model.targets) {
    const isAsked = targets.length === 0 || targets.includes(target.name);
    if (!isAsked || target.type !== 'EXECUTABLE' || !holdsJit(model, target)) continue;
    const finding = await judgeBinary(target, model.buildDir, wordsInFile);
    if (finding.state === 'no') {
      throw new TaskError(`--perf has no effect in ${target.name}: ${finding.evidence}`, {
        detail: findingLine('perf listener in the program', finding),
        hints: ['Configure and build again: tasks dev.cmake --perf --clean dev.cc all'],
      });
    }
    findings.push(finding);
  }
  return findings;
}

async function readText(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch(() => undefined);
}
