import { MachineError } from '../util/errors.ts';

/** What a machine has to build with. */
export interface MachineSize {
  readonly cores: number;
  readonly memoryBytes: number;
}

/** What building LLVM takes, roughly: good enough to say "an hour" or "not on this disk". */
export interface BuildEstimate {
  readonly sourceBytes: number;
  readonly buildBytes: number;
  readonly minutes: number;
}

const GIB = 2 ** 30;

// The libraries for one target, LLVM 14 to 17: some 1,700 objects. Debug information is nearly all of a build's size, as
// every object is there twice: by itself and in its archive.
const SOURCE_BYTES = 2.2 * GIB;
const BUILD_BYTES = { plain: 1 * GIB, debug: 9 * GIB } as const;
const CPU_MINUTES = { plain: 75, debug: 105 } as const;
/** The part that is left when only what WAVM links is built. */
const COMPONENTS_SHARE = 0.7;

/** Memory that a compiler, and a linker of debug information, may take. */
const COMPILE_BYTES = 1 * GIB;
const LINK_BYTES = { lld: 2 * GIB, other: 4 * GIB } as const;

/** Estimates a build before anything is fetched. */
export function estimateBuild(
  machine: MachineSize,
  how: { readonly buildType: string; readonly components: boolean; readonly hasSource: boolean },
): BuildEstimate {
  const kind = /^(Debug|RelWithDebInfo)$/i.test(how.buildType) ? 'debug' : 'plain';
  const share = how.components ? COMPONENTS_SHARE : 1;
  return {
    sourceBytes: how.hasSource ? 0 : SOURCE_BYTES,
    buildBytes: BUILD_BYTES[kind] * share,
    minutes: (CPU_MINUTES[kind] * share) / compileJobs(machine),
  };
}

/** As many compilers as there are cores, and as fit into memory. */
export function compileJobs({ cores, memoryBytes }: MachineSize): number {
  return Math.max(1, Math.min(cores, Math.floor(memoryBytes / COMPILE_BYTES)));
}

/** Fewer linkers than compilers: two of them in too little memory make a machine swap for hours. */
export function linkJobs({ cores, memoryBytes }: MachineSize, hasLld: boolean): number {
  return Math.max(1, Math.min(cores, Math.floor(memoryBytes / LINK_BYTES[hasLld ? 'lld' : 'other'])));
}

/** `about 11.2 GiB and 55 min`. */
export function estimateText({ sourceBytes, buildBytes, minutes }: BuildEstimate): string {
  const time = minutes < 90 ? `${Math.max(1, Math.round(minutes))} min` : `${(minutes / 60).toFixed(1)} h`;
  return `about ${gib(sourceBytes + buildBytes)} and ${time}`;
}

/** @throws MachineError when what is still to be written will not fit. */
export function assertRoom(
  folder: string,
  estimate: BuildEstimate,
  disk: { readonly freeBytes: number; readonly usedBytes: number },
): void {
  const needed = estimate.sourceBytes + estimate.buildBytes - disk.usedBytes;
  if (needed <= disk.freeBytes) return;
  throw new MachineError(
    `Could not start to build LLVM: it takes about ${gib(needed)} in ${folder}, where ${gib(disk.freeBytes)} are free`,
    {
      hints: [
        'Build on another disk: --dir=DIR',
        'Without debug information it takes a fifth: --cmake-option=CMAKE_BUILD_TYPE=Release',
        'Only what WAVM links: --components',
        'If you know better: --no-disk-check',
      ],
    },
  );
}

function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}
