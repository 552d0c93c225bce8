import { agreedFrame, isDefined, type KnownModule, type ModuleFrame, moduleFrame } from './known-module.ts';
import { findModuleRuns, functionDefNumber, type JitCode, type ModuleRun } from './module-runs.ts';

/** A function of one of the modules; without a frame of its own when it cannot be told of which. */
export interface WavmName {
  readonly frame: ModuleFrame | undefined;
}

interface WavmNames {
  /** By code index; what is not in it is the runtime's own code, or cannot be told from it. */
  readonly names: ReadonlyMap<number, WavmName>;
  /** Why a module's functions stayed without names. */
  readonly notes: readonly string[];
}

/** Finds which code of one WAVM process belongs to which of the modules, never guessing. */
export function wavmNames(codes: readonly JitCode[], modules: readonly KnownModule[]): WavmNames {
  const sizes = new Set(modules.map((module) => module.definedCount));
  const runs = findModuleRuns(codes, sizes);
  const owners = new Map<number, KnownModule[]>();
  const notes: string[] = [];
  for (const module of modules) {
    const { own, problem } = ownRuns(module, runs.get(module.definedCount) ?? []);
    if (problem !== undefined) notes.push(`${module.user}/${module.func}: ${problem}`);
    for (const codeIndex of own.flatMap((run) => run.codeIndices)) {
      const known = owners.get(codeIndex);
      if (known === undefined) owners.set(codeIndex, [module]);
      else known.push(module);
    }
  }
  const names = new Map<number, WavmName>();
  for (const { codeIndex, name } of codes) {
    const n = functionDefNumber(name);
    const found = owners.get(codeIndex) ?? [];
    if (n === undefined || found.length === 0) continue;
    const candidates = found.map((module) => frameOfDefined(module, n));
    const certain = candidates.filter((frame) => frame !== undefined);
    names.set(codeIndex, { frame: certain.length < candidates.length ? undefined : agreedFrame(certain) });
  }
  return { names, notes };
}

function frameOfDefined(module: KnownModule, n: number): ModuleFrame | undefined {
  const index = module.importCount + n;
  return isDefined(module, index) ? moduleFrame(module, index) : undefined;
}

/** The runs that are certainly this module's, or why there are none. */
function ownRuns(
  module: KnownModule,
  runs: readonly ModuleRun[],
): { readonly own: readonly ModuleRun[]; readonly problem?: string } {
  // What a module imports is loaded before it, so the first code of a process is not the module's.
  const own = runs.filter((run) => !(run.isFirst && module.importCount > 0));
  if (own.length === 0) {
    return {
      own,
      problem: `no complete module of ${module.definedCount} functions was loaded (or the dump is cut off)`,
    };
  }
  const isOneModule = own.every((run) => run.fingerprint === own[0]?.fingerprint);
  const all = own.flatMap((run) => run.codeIndices);
  if (isOneModule && new Set(all).size === all.length) return { own };
  return {
    own: [],
    problem: `several modules of ${module.definedCount} functions were loaded; which is meant is unknown`,
  };
}
