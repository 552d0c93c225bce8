// How Ninja and CMake's Makefiles say how far they are.
//
//   [12/340] Building CXX object src/wavm/a.cpp.o       Ninja, NINJA_STATUS="[%f/%t] " (its default)
//   [ 12%] Building CXX object src/wavm/a.cpp.o         CMake's Makefiles; [100%] Built target func_runner
//
// Traps: Ninja counts steps it may find needless, so the total can change; without a terminal it prints a line when a
// step *ends*; `FAILED: a.o` has no counter; a compiler's own output is passed through between these lines.

/** How far a build is. */
export interface BuildProgress {
  /** Steps done; undefined where the build system only tells a share. */
  readonly done: number | undefined;
  readonly total: number | undefined;
  /** 0 to 1. */
  readonly share: number;
  /** What is being (or was just) made: the file, without what CMake puts around it. */
  readonly file: string;
  /** From the pace of the last steps and the steps still to do; undefined until there is a pace. */
  readonly secondsLeft: number | undefined;
}

/** Steps whose pace counts: recent ones, because libraries compile at other speeds than tests. */
const WINDOW = 40;
/** Fewer steps than this say nothing about the rest. */
const ENOUGH = 3;

/** Follows the lines of one build. */
export class ProgressReader {
  readonly #ends: { readonly share: number; readonly atMs: number }[] = [];
  readonly #startedMs: number;

  constructor(startedMs: number) {
    this.#startedMs = startedMs;
  }

  /** The progress that a line tells, or undefined for a line of anything else. */
  read(line: string, nowMs: number): BuildProgress | undefined {
    const step = parseStep(line);
    if (step === undefined) return undefined;
    if (step.share > (this.#ends.at(-1)?.share ?? 0)) {
      this.#ends.push({ share: step.share, atMs: nowMs });
      if (this.#ends.length > WINDOW) this.#ends.shift();
    }
    return { ...step, secondsLeft: this.#secondsLeft(step.share, nowMs) };
  }

  #secondsLeft(share: number, nowMs: number): number | undefined {
    const [first] = this.#ends;
    if (first === undefined || this.#ends.length < ENOUGH) return undefined;
    // While nothing has left the window, the pace is that of the whole build so far, its first step included.
    const from = this.#ends.length < WINDOW ? { share: 0, atMs: this.#startedMs } : first;
    const pace = (share - from.share) / (nowMs - from.atMs);
    return pace > 0 && Number.isFinite(pace) ? (1 - share) / pace / 1000 : undefined;
  }
}

/** `12 of 340, about 3 min left`. */
export function progressText({ done, total, share, secondsLeft }: BuildProgress): string {
  const count = done === undefined ? `${Math.floor(share * 100)} %` : `${done} of ${total}`;
  return secondsLeft === undefined || share >= 1 ? count : `${count}, ${durationText(secondsLeft)} left`;
}

function durationText(seconds: number): string {
  if (seconds < 90) return `about ${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 90 * 60) return `about ${Math.round(seconds / 60)} min`;
  return `about ${(seconds / 3600).toFixed(1)} h`;
}

function parseStep(line: string): Omit<BuildProgress, 'secondsLeft'> | undefined {
  const ninja = /^\[(\d+)\/(\d+)\]\s+(.*)$/.exec(line);
  if (ninja !== null) {
    const [done, total] = [Number(ninja[1]), Number(ninja[2])];
    if (total === 0) return undefined;
    return { done, total, share: Math.min(1, done / total), file: fileOf(ninja[3] ?? '') };
  }
  const make = /^\[\s*(\d{1,3})%\]\s+(.*)$/.exec(line);
  if (make === null) return undefined;
  return {
    done: undefined,
    total: undefined,
    share: Math.min(100, Number(make[1])) / 100,
    file: fileOf(make[2] ?? ''),
  };
}

/** `Building CXX object src/CMakeFiles/x.dir/a.cpp.o` -> `src/a.cpp`; other lines as they are. */
function fileOf(text: string): string {
  const object = /^Building \S+ object (?:(.*?)\/?)CMakeFiles\/[^/]+\.dir\/(.*?)\.(?:o|obj)$/.exec(text);
  if (object === null) return text;
  const [, folder = '', file = ''] = object;
  return folder === '' ? file : `${folder}/${file}`;
}
