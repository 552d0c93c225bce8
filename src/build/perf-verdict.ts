import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { TaskError } from '../util/errors.ts';
import type { BuildDirectory } from './build-directory.ts';
import { perfFilePath } from './cmake-arguments.ts';
import { type BuildTarget, type CodeModel, type CompiledSource, isOn, readCodeModel } from './cmake-files.ts';
import {
  LISTENER_STRINGS,
  llvmConfigFolder,
  llvmConfigHeader,
  parseLlvmConfigHeader,
  stringsInFile,
} from './llvm-prefix.ts';

/** A file's text, or undefined where it cannot be read. */
export type ReadText = (path: string) => Promise<string | undefined>;
/** Which of these strings a file's bytes hold. */
export type FindStrings = (path: string, strings: readonly string[]) => Promise<ReadonlySet<string>>;

/** The state of one condition, with the evidence for it. */
export interface Finding {
  readonly state: 'yes' | 'no' | 'unknown';
  readonly evidence: string;
}

/** Whether perf will see into what this build directory makes. */
export interface PerfVerdict {
  /** The folder of the LLVM that the build was configured with. */
  readonly llvm: string | undefined;
  readonly llvmVersion: string | undefined;
  readonly listener: Finding;
  readonly perfEvents: Finding;
  readonly framePointers: Finding;
}

/** The source that registers the listener: `Lib/LLVMJIT/LLVMModule.cpp` of WAVM. */
const LISTENER_SOURCE = 'LLVMModule.cpp';
const DEFINITION = 'WAVM_PERF_EVENTS';
/** Part of the name by which C++ and C programs ask LLVM for the listener. */
const LISTENER_SYMBOL = 'PerfJITEventListener';

/** Judges a build directory by what CMake says it will compile, and how. */
export async function judgeConfigured(model: CodeModel, readText: ReadText): Promise<PerfVerdict> {
  const source = listenerSource(model);
  const llvm = llvmPrefix(model, source);
  const config = llvm === undefined ? undefined : await readText(llvmConfigHeader(llvm));
  return {
    llvm,
    llvmVersion: parseLlvmConfigHeader(config ?? '').version,
    listener: listenerFinding(llvm, config),
    perfEvents: await perfEventsFinding(source, readText),
    framePointers: framePointersFinding(source),
  };
}

/** True when every condition that can be checked holds and none is known to fail. */
export function isPerfReady({ listener, perfEvents, framePointers }: PerfVerdict): boolean {
  return [listener, perfEvents, framePointers].every(({ state }) => state === 'yes');
}

/** The targets that hold the JIT: those whose binary is worth looking at. */
export function holdsJit(model: CodeModel, target: BuildTarget): boolean {
  const byId = new Map(model.targets.map((other) => [other.id, other]));
  const seen = new Set<string>();
  const queue = [target.id];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const one = byId.get(id);
    if (one?.sources.some(isListenerSource) === true) return true;
    queue.push(...(one?.dependencies ?? []));
  }
  return false;
}

/**
 * Looks for the listener in a built program. The program and the shared libraries of its own build are the project's: the
 * listener is in one of them (LLVM linked statically), or one of them asks for it and a library from elsewhere holds it.
 */
export async function judgeBinary(
  target: BuildTarget,
  buildDir: string,
  findStrings: FindStrings,
): Promise<Finding> {
  const [program] = target.artifacts;
  if (program === undefined) return { state: 'unknown', evidence: `${target.name} makes no file` };
  const libraries = target.libraries.filter((name) => /\.so(\.\d+)*$/.test(name));
  const isOurs = (path: string): boolean => path.startsWith(`${buildDir}/`);
  const strings = [...LISTENER_STRINGS, LISTENER_SYMBOL];
  let asking: string | undefined;
  for (const path of [program, ...libraries.filter(isOurs)]) {
    const found = await findStrings(path, strings);
    // A static archive gives up the listener's code only to a program that asks for it.
    if (LISTENER_STRINGS.every((text) => found.has(text))) return { state: 'yes', evidence: `in ${path}` };
    if (found.has(LISTENER_SYMBOL)) asking ??= path;
  }
  if (asking === undefined) return { state: 'no', evidence: `${program} never asks LLVM for the listener` };
  for (const library of libraries.filter((path) => !isOurs(path))) {
    const held = await findStrings(library, LISTENER_STRINGS);
    if (LISTENER_STRINGS.every((text) => held.has(text))) {
      return { state: 'yes', evidence: `in ${library}, used by ${asking}` };
    }
  }
  return {
    state: 'no',
    evidence: `${asking} asks for the listener, but no library that ${target.name} links holds it`,
  };
}

/** The verdict as lines for people. */
export function verdictLines(verdict: PerfVerdict): string[] {
  const version = verdict.llvmVersion === undefined ? '' : ` ${verdict.llvmVersion}`;
  return [
    `LLVM${version}: ${verdict.llvm ?? 'none found in this build'}`,
    findingLine('perf listener in LLVM', verdict.listener),
    findingLine('WAVM_PERF_EVENTS', verdict.perfEvents),
    findingLine('frame pointers', verdict.framePointers),
  ];
}

/** `perf listener in LLVM: yes (…)`. */
export function findingLine(what: string, { state, evidence }: Finding): string {
  return `${what}: ${state} (${evidence})`;
}

function isListenerSource({ path }: CompiledSource): boolean {
  return basename(path) === LISTENER_SOURCE;
}

function listenerSource(model: CodeModel): CompiledSource | undefined {
  return model.targets.flatMap(({ sources }) => sources).find(isListenerSource);
}

/** The LLVM in use: the one whose headers the JIT is compiled with, else the one that configuring found. */
function llvmPrefix(model: CodeModel, source: CompiledSource | undefined): string | undefined {
  const configs = model.inputs.filter((path) => basename(path) === 'LLVMConfig.cmake').map(prefixOf);
  return configs.find((prefix) => source?.includes.includes(join(prefix, 'include'))) ?? configs[0];
}

/** `P/lib/cmake/llvm/LLVMConfig.cmake` and Debian's `P/cmake/LLVMConfig.cmake` -> `P`. */
function prefixOf(config: string): string {
  const folder = dirname(config);
  return folder.endsWith('/lib/cmake/llvm') ? dirname(dirname(dirname(folder))) : dirname(folder);
}

function listenerFinding(llvm: string | undefined, config: string | undefined): Finding {
  if (llvm === undefined) return { state: 'no', evidence: 'configuring found no LLVM' };
  if (config === undefined) return { state: 'unknown', evidence: `no llvm-config.h below ${llvm}/include` };
  return parseLlvmConfigHeader(config).usesPerf
    ? { state: 'yes', evidence: 'LLVM_USE_PERF in its llvm-config.h' }
    : { state: 'no', evidence: 'built without LLVM_USE_PERF' };
}

async function perfEventsFinding(source: CompiledSource | undefined, readText: ReadText): Promise<Finding> {
  if (source === undefined) return { state: 'no', evidence: `no target compiles ${LISTENER_SOURCE}` };
  const text = await readText(source.path);
  if (text !== undefined && !text.includes(DEFINITION)) {
    return { state: 'no', evidence: `${source.path} has no code for it` };
  }
  const define = source.defines.find((one) => one === DEFINITION || one.startsWith(`${DEFINITION}=`));
  const isDefined = define !== undefined || source.flags.some((flag) => flag.startsWith(`-D${DEFINITION}`));
  return isDefined
    ? { state: 'yes', evidence: `defined for ${source.path}` }
    : { state: 'no', evidence: `not defined for ${source.path}` };
}

function framePointersFinding(source: CompiledSource | undefined): Finding {
  if (source === undefined) return { state: 'no', evidence: `no target compiles ${LISTENER_SOURCE}` };
  const last = source.flags.findLast((flag) => /^-f(no-)?omit-frame-pointer$/.test(flag));
  return last === '-fno-omit-frame-pointer'
    ? { state: 'yes', evidence: last }
    : { state: 'no', evidence: last ?? 'compiled without -fno-omit-frame-pointer' };
}

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
    const finding = await judgeBinary(target, model.buildDir, stringsInFile);
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
