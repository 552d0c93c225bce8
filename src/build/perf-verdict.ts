import { basename, dirname, join } from 'node:path';
import type { BuildTarget, CodeModel, CompiledSource } from './file-api.ts';

/** A file's text, or undefined where it cannot be read. */
export type ReadText = (path: string) => Promise<string | undefined>;
/** Which of the words a file's bytes hold. */
export type FindBytes = (path: string, words: readonly string[]) => Promise<ReadonlySet<string>>;

/** The state of one condition, with the evidence in words. */
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
/** Strings of LLVM's PerfJITEventListener.cpp: in every library or program that holds it. */
const LISTENER_STRINGS = ['JITDUMPDIR', 'llvm-IR-jit-'] as const;
/** Part of the name by which C++ and C programs ask LLVM for the listener. */
const LISTENER_SYMBOL = 'PerfJITEventListener';

/** Judges a build directory by what CMake says it will compile, and how. */
export async function judgeConfigured(model: CodeModel, readText: ReadText): Promise<PerfVerdict> {
  const source = listenerSource(model);
  const llvm = llvmPrefix(model, source);
  const config =
    llvm === undefined ? undefined : await readText(join(llvm, 'include', 'llvm', 'Config', 'llvm-config.h'));
  return {
    llvm,
    llvmVersion: /#define\s+LLVM_VERSION_STRING\s+"([^"]+)"/.exec(config ?? '')?.[1],
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
  findBytes: FindBytes,
): Promise<Finding> {
  const [program] = target.artifacts;
  if (program === undefined) return { state: 'unknown', evidence: `${target.name} makes no file` };
  const libraries = target.libraries.filter((name) => /\.so(\.\d+)*$/.test(name));
  const isOurs = (path: string): boolean => path.startsWith(`${buildDir}/`);
  const words = [...LISTENER_STRINGS, LISTENER_SYMBOL];
  let asking: string | undefined;
  for (const path of [program, ...libraries.filter(isOurs)]) {
    const found = await findBytes(path, words);
    // A static archive gives up the listener's code only to a program that asks for it.
    if (LISTENER_STRINGS.every((word) => found.has(word))) return { state: 'yes', evidence: `in ${path}` };
    if (found.has(LISTENER_SYMBOL)) asking ??= path;
  }
  if (asking === undefined) return { state: 'no', evidence: `${program} never asks LLVM for the listener` };
  for (const library of libraries.filter((path) => !isOurs(path))) {
    const held = await findBytes(library, LISTENER_STRINGS);
    if (LISTENER_STRINGS.every((word) => held.has(word))) {
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
  return /^\s*#define\s+LLVM_USE_PERF\s+1\b/m.test(config)
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
