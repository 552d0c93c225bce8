/**
 * Finds which jitdump records of a WAVM process are a module's functions.
 *
 * WAVM names every jitted function `functionDefN`, in its own host-call modules too, so a name alone says nothing. But it
 * loads one module after another: a module of D functions is a run of D neighbouring code indices whose names are
 * functionDef0 … functionDef(D-1) in some order.
 *
 *     index   1 … 45            46 … 105                106
 *     name    functionDef0…44   functionDef0,7,26,1 …   thunk
 *             the runtime's     the user's (D = 60)     ends a stretch
 *
 * Traps: a run of D can also lie inside a longer one (0…19 inside the runtime's 0…44), or across two. So a stretch is cut
 * into whole modules, and a run counts only when every possible cut has it.
 */

/** A record of a jitdump, as far as it tells modules apart. */
export interface JitCode {
  readonly codeIndex: number;
  readonly name: string;
  readonly size: number;
  readonly tid: number;
}

/** One module as WAVM loaded it: the code indices of its functions. */
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
  /** Records may be missing before or after it. */
  readonly openStart: boolean;
  readonly openEnd: boolean;
}

const FUNCTION_DEF = /^functionDef(0|[1-9]\d{0,8})$/;
/** Bounds the work on a made-up dump; real ones (20,000 functions) need a thousandth. */
const MAX_STEPS = 50_000_000;

/** The N of `functionDefN`, or undefined for any other name. */
export function functionDefNumber(name: string): number | undefined {
  const digits = FUNCTION_DEF.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Every module that certainly lies in these records, with its number of functions as key. */
export function findModuleRuns(codes: readonly JitCode[]): Map<number, ModuleRun[]> {
  const runs = new Map<number, ModuleRun[]>();
  const unique = new Map(codes.map((code) => [code.codeIndex, code]));
  const sorted = [...unique.values()].sort((a, b) => a.codeIndex - b.codeIndex);
  const first = sorted[0]?.codeIndex;
  for (const stretch of stretches(sorted)) {
    for (const [from, to] of certainBlocks(stretch)) {
      const block = stretch.codes.slice(from, to);
      const run = {
        codeIndices: block.map((code) => code.codeIndex),
        fingerprint: block.map((code) => `${code.n}:${code.size}`).join(),
        isFirst: block[0]?.codeIndex === first,
      };
      const known = runs.get(block.length);
      if (known === undefined) runs.set(block.length, [run]);
      else known.push(run);
    }
  }
  return runs;
}

/** Splits by thread (two threads loading modules at once interleave), then at other names and at missing records. */
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
    let openStart = false;
    let previous = thread[0];
    const finish = (isOpen: boolean) => {
      if (codes.length > 0) found.push({ codes, openStart, openEnd: isOpen });
      codes = [];
      openStart = isOpen;
    };
    for (const entry of thread) {
      const { code, rank } = entry;
      // Code indices between two of one thread belong to other threads, unless records are missing.
      if (previous !== undefined && code.codeIndex - previous.code.codeIndex !== rank - previous.rank)
        finish(true);
      previous = entry;
      const n = functionDefNumber(code.name);
      if (n === undefined) finish(false);
      else codes.push({ ...code, n });
    }
    finish(true);
    return found;
  });
}

type Block = readonly [from: number, to: number];

/** The whole modules that every way to cut the stretch has in common. */
function certainBlocks(stretch: Stretch): Block[] {
  const numbers = stretch.codes.map((code) => code.n);
  const whole = cut(numbers, false, false);
  if (whole === undefined) return [];
  const blocks = whole.length > 0 ? whole : (cut(numbers, stretch.openStart, stretch.openEnd) ?? []);
  const certain: Block[] = [];
  let reach = 0;
  for (const [i, block] of blocks.entries()) {
    const [from, to] = block;
    const next = blocks[i + 1];
    if (from >= reach && (next === undefined || next[0] >= to) && isWhole(numbers, block))
      certain.push(block);
    reach = Math.max(reach, to);
  }
  return certain;
}

/**
 * Every block that is part of some cut of the numbers into modules, sorted by start. With an open start (end), the first
 * (last) block of a cut may be a part of a module. Undefined when there is too much to try.
 */
function cut(numbers: readonly number[], openStart: boolean, openEnd: boolean): Block[] | undefined {
  const size = numbers.length;
  const reachable = new Uint8Array(size + 1);
  reachable[0] = 1;
  const heads = openStart ? distinctPrefix(numbers) : 0;
  reachable.fill(1, 0, heads + 1);
  const tails = openEnd ? distinctPrefix([...numbers].reverse()) : 0;
  const found: Block[] = [];
  for (let i = 1; i <= heads; i++) found.push([0, i]);
  const seenFrom = new Int32Array(size).fill(-1);
  let steps = 0;
  for (let from = 0; from < size; from++) {
    if (reachable[from] !== 1) continue;
    let highest = -1;
    for (let at = from; at < size; at++) {
      const n = numbers[at] ?? size;
      if (n >= size - from || seenFrom[n] === from) break;
      if (++steps > MAX_STEPS) return undefined;
      seenFrom[n] = from;
      highest = Math.max(highest, n);
      if (highest === at - from) {
        reachable[at + 1] = 1;
        found.push([from, at + 1]);
      }
    }
    if (from >= size - tails) found.push([from, size]);
  }
  const finishing = new Uint8Array(size + 1);
  finishing[size] = 1;
  found.sort((a, b) => b[0] - a[0]);
  for (const [from, to] of found) if (finishing[to] === 1) finishing[from] = 1;
  return found.filter(([, to]) => finishing[to] === 1).reverse();
}

/** Whether the block's numbers are 0 … size-1. */
function isWhole(numbers: readonly number[], [from, to]: Block): boolean {
  const block = numbers.slice(from, to);
  return new Set(block).size === block.length && block.every((n) => n < block.length);
}

/** How many numbers there are before the first repetition. */
function distinctPrefix(numbers: readonly number[]): number {
  const seen = new Set<number>();
  for (const n of numbers) {
    if (seen.has(n)) break;
    seen.add(n);
  }
  return seen.size;
}
