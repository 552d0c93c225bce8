/**
 * Finds which jitdump records of a WAVM process may be a module's functions.
 *
 * WAVM names every jitted function `functionDefN`, in its own host-call modules too, so a name alone says nothing. But it
 * loads one module after another: a module of D functions is a run of D neighbouring code indices whose names are
 * functionDef0 … functionDef(D-1) in some order.
 *
 *     index   1 … 45            46 … 105                106
 *     name    functionDef0…44   functionDef0,7,26,1 …   thunk
 *             the runtime's     the user's (D = 60)     ends a stretch
 *
 * Traps: D numbers can also be complete inside a longer run (0…19 in the runtime's 0…44), or across two. So a run counts
 * only when the whole stretch around it can be cut into complete modules.
 */
import { at } from '../util/indexed.ts';

/** A record of a jitdump, as far as it tells modules apart. */
export interface JitCode {
  readonly codeIndex: number;
  readonly name: string;
  readonly size: number;
  readonly tid: number;
}

/** The records of what may be one loaded module. */
export interface ModuleRun {
  readonly codeIndices: readonly number[];
  /** Equal for two loads of the same compiled module: order, numbers and sizes of its functions. */
  readonly fingerprint: string;
  /** It holds the first code of the process: with WAVM, what the first module imports. */
  readonly isFirst: boolean;
}

interface NumberedCode extends JitCode {
  readonly n: number;
}

/** Neighbouring records of one thread, all of them named functionDefN. */
interface Stretch {
  readonly codes: readonly NumberedCode[];
  /** The dump may end in the middle of its last module. */
  readonly isLast: boolean;
}

type Block = readonly [from: number, to: number];

const FUNCTION_DEF = /^functionDef(0|[1-9]\d{0,8})$/;
/** Bounds the work on a made-up dump; real ones need a thousandth. */
const MAX_STEPS = 100_000_000;

/** The N of `functionDefN`, or undefined for any other name. */
export function functionDefNumber(name: string): number | undefined {
  const digits = FUNCTION_DEF.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** For each number of functions in `sizes`, every place where a module of that size may lie. */
export function findModuleRuns(
  codes: readonly JitCode[],
  sizes: ReadonlySet<number>,
): ReadonlyMap<number, readonly ModuleRun[]> {
  const unique = new Map(codes.map((code) => [code.codeIndex, code]));
  const sorted = [...unique.values()].sort((a, b) => a.codeIndex - b.codeIndex);
  const first = sorted[0]?.codeIndex;
  const runs = new Map<number, ModuleRun[]>();
  for (const size of sizes) runs.set(size, []);
  for (const stretch of stretches(sorted)) {
    for (const [from, to] of possibleModules(stretch)) {
      const found = runs.get(to - from);
      if (found === undefined) continue;
      const block = stretch.codes.slice(from, to);
      found.push({
        codeIndices: block.map((code) => code.codeIndex),
        fingerprint: block.map((code) => `${code.n}:${code.size}`).join(),
        isFirst: block[0]?.codeIndex === first,
      });
    }
  }
  return runs;
}

/** Splits by thread (two threads loading modules at once interleave), then at other names. */
function stretches(sorted: readonly JitCode[]): Stretch[] {
  const threads = new Map<number, { readonly code: JitCode; readonly rank: number }[]>();
  for (const [rank, code] of sorted.entries()) {
    const known = threads.get(code.tid);
    if (known === undefined) threads.set(code.tid, [{ code, rank }]);
    else known.push({ code, rank });
  }
  return [...threads.values()].flatMap((thread) => {
    const found: Stretch[] = [];
    let codes: NumberedCode[] = [];
    // After a missing record, up to the next other name, it is unknown where modules begin.
    let isBroken = false;
    let previous = thread[0];
    for (const entry of thread) {
      const { code, rank } = entry;
      const n = functionDefNumber(code.name);
      // Code indices between two of one thread belong to other threads, unless records are missing.
      const step =
        previous === undefined ? 0 : code.codeIndex - previous.code.codeIndex - rank + previous.rank;
      previous = entry;
      if (step !== 0) {
        isBroken = true;
        codes = [];
      }
      if (n === undefined) {
        if (codes.length > 0) found.push({ codes, isLast: false });
        isBroken = false;
        codes = [];
      } else if (!isBroken) {
        codes.push({ ...code, n });
      }
    }
    if (codes.length > 0) found.push({ codes, isLast: true });
    return found;
  });
}

/** The blocks of every way to cut a stretch into complete modules; the last one may be cut off if there is no other way. */
function possibleModules(stretch: Stretch): readonly Block[] {
  const numbers = stretch.codes.map((code) => code.n);
  const { blocks, reachable } = blocksFrom(numbers);
  const whole = finishing(blocks, new Set([numbers.length]));
  if (whole.length > 0 || !stretch.isLast) return whole;
  const ends = new Set<number>();
  const seen = new Set<number>();
  for (let i = numbers.length - 1; i >= 0; i--) {
    const n = at(numbers, i);
    if (seen.has(n)) break;
    seen.add(n);
    if (reachable[i] === 1) ends.add(i);
  }
  return finishing(blocks, ends);
}

/** All complete modules that start where a series of complete modules from the beginning can end; sorted by start. */
function blocksFrom(numbers: readonly number[]): { blocks: Block[]; reachable: Uint8Array } {
  const size = numbers.length;
  const lastZero = numbers.lastIndexOf(0);
  const reachable = new Uint8Array(size + 1);
  reachable[0] = 1;
  const blocks: Block[] = [];
  const seenFrom = new Int32Array(size).fill(-1);
  let steps = 0;
  for (let from = 0; from <= lastZero; from++) {
    if (reachable[from] !== 1) continue;
    let highest = -1;
    for (let at = from; at < size; at++) {
      const n = numbers[at] ?? size;
      if (n >= size - from || seenFrom[n] === from) break;
      if (++steps > MAX_STEPS) return { blocks: [], reachable: new Uint8Array(size + 1) };
      seenFrom[n] = from;
      highest = Math.max(highest, n);
      if (highest === at - from) {
        reachable[at + 1] = 1;
        blocks.push([from, at + 1]);
      }
    }
  }
  return { blocks, reachable };
}

/** Those of the blocks from which a series of blocks leads to one of the ends. */
function finishing(blocks: readonly Block[], ends: ReadonlySet<number>): Block[] {
  const finished = new Set(ends);
  const found: Block[] = [];
  for (let i = blocks.length - 1; i >= 0; i--) {
    const block = blocks[i];
    if (block === undefined || !finished.has(block[1])) continue;
    finished.add(block[0]);
    found.push(block);
  }
  return found.reverse();
}
