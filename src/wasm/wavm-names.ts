import { isDefined, type KnownModule, shownName } from './known-module.ts';
import { findModuleRuns, functionDefNumber, type JitCode, type ModuleRun } from './module-runs.ts';

/** What is known about one code index of a WAVM process. */
export interface WavmName {
  /** undefined: the code is one of the modules', but it cannot be told which. */
  readonly name: string | undefined;
}

interface WavmNames {
  /** Names by code index; what is not in it is the runtime's own code, or cannot be told from it. */
  readonly names: ReadonlyMap<number, WavmName>;
  /** Why functions of a module stayed without names. */
  readonly notes: readonly string[];
}

/** Finds which code of one WAVM process belongs to which of the modules, never guessing. */
export function wavmNames(codes: readonly JitCode[], modules: readonly KnownModule[]): WavmNames {
  const runs = findModuleRuns(codes);
  const owners = new Map<number, KnownModule[]>();
  const notes: string[] = [];
  for (const module of modules) {
    const own = ownRuns(module, runs.get(module.definedCount) ?? []);
    if (typeof own === 'string') notes.push(`${module.user}/${module.func}: ${own}`);
    else {
      for (const run of own) {
        for (const index of run.codeIndices) {
          const known = owners.get(index);
          if (known === undefined) owners.set(index, [module]);
          else known.push(module);
        }
      }
    }
  }
  const names = new Map<number, WavmName>();
  for (const { codeIndex, name } of codes) {
    const n = functionDefNumber(name);
    const found = owners.get(codeIndex);
    if (n === undefined || found === undefined) continue;
    const candidates = new Set(
      found.filter((m) => isDefined(m, m.importCount + n)).map((m) => shownName(m, m.importCount + n)),
    );
    const [only] = candidates;
    names.set(codeIndex, { name: candidates.size === 1 ? only : undefined });
  }
  return { names, notes };
}

/** The runs that are this module's, or why none can be named. */
function ownRuns(module: KnownModule, runs: readonly ModuleRun[]): readonly ModuleRun[] | string {
  // What a module imports is loaded before the module, so the first code of a process is not the module's.
  const candidates = runs.filter((run) => !(run.isFirst && module.importCount > 0));
  const kinds = new Set(candidates.map((run) => run.fingerprint));
  if (kinds.size > 1) {
    return `the process loaded ${kinds.size} different modules of ${module.definedCount} functions; their names were kept`;
  }
  if (candidates.length === 0) {
    return `the dump holds no complete module of ${module.definedCount} functions (cut off, or another build of it)`;
  }
  return candidates;
}
