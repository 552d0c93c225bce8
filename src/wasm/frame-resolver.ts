import type { SourcePlace } from '../util/source-place.ts';
import { agreedFrame, isDefined, type KnownModule, moduleFrame } from './known-module.ts';
import { functionDefNumber, type JitCode } from './module-runs.ts';
import { functionNamed, isRuntimeName, runtimeFunction } from './runtime-names.ts';
import {
  parseTaggedFrame,
  parseV8Frame,
  plainScriptName,
  type TaggedFrame,
  type V8WasmFrame,
} from './v8-frame.ts';
import { type WavmName, wavmNames } from './wavm-names.ts';

/** A frame as `perf script` prints it, without the `+0x…` after the symbol. */
export interface ProfiledFrame {
  readonly pid: number;
  readonly symbol: string;
  readonly dso: string;
}

export interface ResolvedFrame {
  readonly name: string;
  readonly kind: 'wasm' | 'engine';
  /** Where the function is declared, if its module says so. */
  readonly place?: SourcePlace;
}

interface ResolverOptions {
  /** The modules that the profiled program was told to run. */
  readonly modules: readonly KnownModule[];
  /**
   * Take V8's nameless functions (`wasm-function[12]`) for those of the only known module. For a recording of a stripped
   * build whose names are in another file; otherwise they are not the module's, whose functions V8 would have named.
   */
  readonly namelessByIndex?: boolean;
  /** Finds a module that a frame names and `modules` does not have (a chained function). */
  readonly lookup?: (user: string, func: string) => KnownModule | undefined;
  /** The records of the jitdump that the code file `dso` of process `pid` was made from. */
  readonly jitdump?: (pid: number, dso: string) => readonly JitCode[] | undefined;
  /** Told once for each process and reason why frames kept the engine's names. */
  readonly note?: (message: string) => void;
}

const INJECTED = /(?:^|\/)jitted-(\d+)-(\d+)\.so$/;
const JIT_DSO = /(?:^|\/)(?:jitted-\d+-\d+\.so|jit-\d+\.dump|perf-\d+\.map)$|^\[JIT\]/;

/**
 * Names the frames of WebAssembly engines. The returned function gives a frame's name and kind, or undefined when it is
 * not JIT-compiled code. A name is given only when it is certain; otherwise the frame keeps the engine's.
 */
export function wasmFrameResolver(
  options: ResolverOptions,
): (frame: ProfiledFrame) => ResolvedFrame | undefined {
  const { modules, lookup, jitdump, note } = options;
  const byName = new Map<string, KnownModule | undefined>();
  for (const module of modules) byName.set(moduleKey(module.user, module.func), module);
  const processes = new Map<number, ReadonlyMap<number, WavmName>>();

  const findModule = ({ user, func }: TaggedFrame) => {
    const key = moduleKey(user, func);
    if (!byName.has(key)) byName.set(key, lookup?.(user, func));
    return byName.get(key);
  };

  const wavmProcess = (pid: number, dso: string) => {
    const known = processes.get(pid);
    if (known !== undefined) return known;
    const codes = jitdump?.(pid, dso);
    const found = codes === undefined ? undefined : wavmNames(codes, modules);
    if (found === undefined)
      note?.(`Process ${pid}: its jitdump was not found, so functionDefN names were kept.`);
    for (const reason of found?.notes ?? []) note?.(`Process ${pid}: ${reason}.`);
    const names = found?.names ?? new Map<number, WavmName>();
    processes.set(pid, names);
    return names;
  };

  return ({ symbol, dso }) => {
    // V8 has one such wrapper for each signature and calls it by the first import that used it.
    if (JIT_DSO.test(dso) && symbol.includes('wasm-to-js:')) return { name: 'wasm-to-js', kind: 'engine' };
    const tagged = parseTaggedFrame(symbol);
    if (tagged !== undefined) return resolveTagged(symbol, tagged, findModule(tagged));
    if (!JIT_DSO.test(dso)) return undefined;
    const kept: ResolvedFrame = { name: plainScriptName(symbol), kind: 'engine' };
    if (functionDefNumber(symbol) !== undefined) {
      const match = INJECTED.exec(dso);
      if (match === null || modules.length === 0) return kept;
      const found = wavmProcess(Number(match[1]), dso).get(Number(match[2]));
      return found === undefined ? kept : (found.frame ?? { name: symbol, kind: 'wasm' });
    }
    const frame = parseV8Frame(symbol);
    if (frame === undefined) return resolveRuntime(symbol, modules, options.namelessByIndex === true) ?? kept;
    const [only, ...others] = modules;
    const byIndex = options.namelessByIndex === true && frame.name === undefined && others.length === 0;
    if (byIndex && only !== undefined && isDefined(only, frame.index)) {
      return moduleFrame(only, frame.index);
    }
    return resolveUntagged(symbol, frame, modules);
  };
}

function moduleKey(user: string, func: string): string {
  return JSON.stringify([user, func]);
}

function resolveTagged(symbol: string, tagged: TaggedFrame, module: KnownModule | undefined): ResolvedFrame {
  const { index, short } = tagged;
  if (module === undefined) return { name: short || `wasm-function[${index}]`, kind: 'wasm' };
  if (index < module.importCount) return { name: plainScriptName(symbol), kind: 'engine' };
  // A module that was rebuilt after the recording has other functions at its indexes.
  const isSame = isDefined(module, index) && letters(module.rawNames[index] ?? '').startsWith(letters(short));
  return isSame ? moduleFrame(module, index) : { name: short || `wasm-function[${index}]`, kind: 'wasm' };
}

/** The part of a name that survives the engine's shortening. */
function letters(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_]/g, '');
}

/** Code of WAMR, Wasmtime, wazero and Wasmer. Their numbers alone do not say of which module they are. */
function resolveRuntime(
  symbol: string,
  modules: readonly KnownModule[],
  isTheirs: boolean,
): ResolvedFrame | undefined {
  const isNumbered = isRuntimeName(symbol);
  if (isNumbered && modules.length > 1 && !isTheirs) return undefined;
  const frames = modules.flatMap((module) => {
    const index = isNumbered ? runtimeFunction(symbol, module) : functionNamed(symbol, module);
    return index === undefined ? [] : [moduleFrame(module, index)];
  });
  return agreedFrame(frames);
}

/** The engine's name and index must be those of a known module: a process also runs wasm that is not the user's. */
function resolveUntagged(symbol: string, frame: V8WasmFrame, modules: readonly KnownModule[]): ResolvedFrame {
  const candidates = modules.filter((module) => {
    if (!isDefined(module, frame.index)) return false;
    const raw = module.rawNames[frame.index] ?? '';
    // V8 treats a name that is not valid UTF-8 as none.
    return frame.name === undefined ? raw === '' || raw.includes('\ufffd') : raw === frame.name;
  });
  if (candidates.length === 0) return { name: symbol, kind: 'engine' };
  const frames = candidates.map((module) => moduleFrame(module, frame.index));
  return agreedFrame(frames) ?? { name: symbol, kind: 'wasm' };
}
