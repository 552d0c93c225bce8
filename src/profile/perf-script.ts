import { TaskError } from '../util/errors.ts';
import { ByteTable, doubled, viewOf } from './byte-table.ts';
import { type EventField, matchEvent, matchThread, numberAt, parseFrameLine } from './perf-script-line.ts';
import type { SampleSource, SampleVisitor, SourceReport } from './samples.ts';

/**
 * The text that `perf script` prints, in every form since Linux 2.6: a header line per sample, one line per frame
 * (leaf first), a blank line.
 *
 *     comm PID/TID [CPU] TIME:  PERIOD EVENT:
 *     \t   7f12ab symbol+0x1f (/path/of/the/dso)
 *     \t   401136 main+0x10 (/usr/bin/prog)
 *     (blank)
 *
 * PID/, [CPU] and PERIOD may be missing. There is no specification; what counts is what stackcollapse-perf.pl makes
 * of it, state for state:
 *  - a sample counts at its blank line, so one that the end of the file cuts off does not count;
 *  - a header without a blank line before it keeps the frames that came so far;
 *  - the first event seen is the only one delivered; the headers of others change nothing, so their frames are
 *    dropped only after a blank line;
 *  - frames before any header are dropped; other lines are skipped and counted.
 */
interface PerfScriptOptions {
  /** Deliver only this event; else the first one seen. */
  readonly event?: string | undefined;
  /** Deliver every event: one counter that a machine with two kinds of cores records as two. */
  readonly allEvents?: boolean;
  /** What the text is called in messages. */
  readonly name?: string;
}

/** Reads `perf script` text in one pass; memory depends on the number of distinct frames, not on the text. */
export function perfScriptSource(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: PerfScriptOptions = {},
): SampleSource {
  return {
    read: async (visitor) => {
      const reader = new PerfScriptReader(visitor, options);
      for await (const chunk of chunks) reader.push(chunk);
      return reader.end();
    },
  };
}

const newline = 0x0a;
const space = 0x20;
const tab = 0x09;
const comment = 0x23;
const longestLine = 1 << 20;
// `4` bytes are read at once and may reach past the last line.
const padding = 8;
const noSample = -1;
const notAFrame = -1;

// The end of a header line: an index into the event names, and the period.
interface Tail {
  readonly event: number;
  readonly period: number;
}

class PerfScriptReader {
  readonly #visitor: SampleVisitor;
  readonly #name: string;

  #window = Buffer.alloc(1 << 18);
  #view = viewOf(this.#window);
  #filled = 0;
  #isInLongLine = false;

  // What each distinct line that may be a frame turned out to be: the visitor's frame number, or notAFrame.
  readonly #lines = new ByteTable();
  #frameOfLine = new Int32Array(1 << 10);
  // Pairs: the last two different lines that followed it. Callers mostly stay the same, which saves hashing.
  #nextLines = new Int32Array(1 << 11);
  #previousLine = 0;
  #frameCount = 0;

  readonly #threadFields = new ByteTable();
  readonly #threadOfField: number[] = [];
  readonly #threads = new Map<string, number>();
  #lastThreadField = 0;
  readonly #threadField = { commEnd: 0, pidStart: 0, pidEnd: 0, tidStart: 0, tidEnd: 0 };

  readonly #tails = new ByteTable();
  readonly #tailOf: Tail[] = [];
  #lastTail = 0;
  readonly #eventField: EventField = { colon: 0, nameStart: 0, nameEnd: 0, period: 1 };
  readonly #eventNames: string[] = [];
  readonly #eventCounts: number[] = [];
  // Index of the event that is delivered.
  #event = -1;
  readonly #allEvents: boolean;

  #thread = noSample;
  #period = 1;
  #stack = new Uint32Array(256);
  #depth = 0;

  #samples = 0;
  #skipped = 0;
  #sawHeader = false;

  constructor(visitor: SampleVisitor, options: PerfScriptOptions) {
    this.#visitor = visitor;
    this.#name = options.name ?? 'the input';
    this.#allEvents = options.allEvents === true;
    if (options.event !== undefined && options.event !== '') this.#eventNumber(options.event);
  }

  push(chunk: Uint8Array): void {
    const needed = this.#filled + chunk.length + padding;
    if (needed > this.#window.length) {
      const grown = Buffer.alloc(Math.max(needed, this.#window.length * 2));
      this.#window.copy(grown, 0, 0, this.#filled);
      this.#window = grown;
      this.#view = viewOf(grown);
    }
    this.#window.set(chunk, this.#filled);
    const lastNewline = chunk.lastIndexOf(newline);
    const end = lastNewline < 0 ? -1 : this.#filled + lastNewline + 1;
    this.#filled += chunk.length;
    if (end > 0) this.#readLines(end);
    if (!this.#sawHeader) this.#refuseBinary();
    if (end > 0) {
      this.#window.copyWithin(0, end, this.#filled);
      this.#filled -= end;
    }
    if (this.#filled > longestLine) {
      this.#isInLongLine = true;
      this.#filled = 0;
    }
  }

  end(): SourceReport {
    if (this.#filled > 0) this.push(Uint8Array.of(newline));
    if (!this.#sawHeader && this.#skipped > 0) {
      throw new TaskError(`Could not read ${this.#name}: it is not the text that \`perf script\` prints`, {
        hints: ['Print it with: perf script --no-inline -i perf.data'],
      });
    }
    const events = new Map(this.#eventNames.map((name, event) => [name, this.#eventCounts[event] ?? 0]));
    const delivered = this.#eventNames[this.#event];
    const counted = [...events.values()].reduce((sum, count) => sum + count, 0);
    return {
      samples: this.#samples,
      event: delivered,
      events,
      filteredSamples:
        this.#allEvents || delivered === undefined ? 0 : counted - (events.get(delivered) ?? 0),
      skippedLines: this.#skipped,
    };
  }

  #refuseBinary(): void {
    const head = this.#window.subarray(0, Math.min(this.#filled, 4096));
    if (head.indexOf(0) < 0) return;
    const isPerfData = head.subarray(0, 7).toString('latin1') === 'PERFILE';
    throw new TaskError(
      `Could not read ${this.#name}: it is ${isPerfData ? 'a perf.data file' : 'a binary file'}, not the text that \`perf script\` prints`,
      { hints: ['Print it with: perf script --no-inline -i perf.data'] },
    );
  }

  // `end` is just after a newline.
  #readLines(end: number): void {
    const bytes = this.#window;
    let at = 0;
    if (this.#isInLongLine) {
      at = bytes.indexOf(newline) + 1;
      this.#isInLongLine = false;
      this.#skipped += 1;
    }
    while (at < end) {
      const first = bytes[at];
      if (first === newline) {
        this.#endSample();
        at += 1;
      } else if (first === tab || first === space) {
        at = this.#readFrame(at);
      } else {
        const lineEnd = newlineAt(bytes, this.#view, at);
        if (first !== comment && !this.#readHeader(at, lineEnd)) this.#readFrame(at);
        at = lineEnd + 1;
      }
    }
  }

  // Returns where the next line starts.
  #readFrame(at: number): number {
    const bytes = this.#window;
    const guesses = this.#previousLine * 2;
    const guess = this.#nextLines[guesses] ?? 0;
    let line = guess;
    let length = this.#lines.size > guess ? this.#lines.matchLine(guess, bytes, this.#view, at) : -1;
    if (length < 0) {
      line = this.#nextLines[guesses + 1] ?? 0;
      length = this.#lines.size > line ? this.#lines.matchLine(line, bytes, this.#view, at) : -1;
      if (length < 0) {
        const lineEnd = newlineAt(bytes, this.#view, at);
        length = lineEnd - at;
        line = this.#internLine(at, lineEnd);
      }
      // Interning may have forgotten all lines.
      const previous = this.#previousLine * 2;
      this.#nextLines[previous + 1] = this.#nextLines[previous] ?? 0;
      this.#nextLines[previous] = line;
    }
    this.#previousLine = line;
    const frame = this.#frameOfLine[line] ?? notAFrame;
    if (frame === notAFrame) this.#skipped += 1;
    else if (this.#thread !== noSample) this.#pushFrame(frame);
    return at + length + 1;
  }

  #internLine(from: number, to: number): number {
    if (this.#lines.isFull) {
      this.#lines.clear();
      this.#nextLines.fill(0);
      this.#previousLine = 0;
    }
    const known = this.#lines.size;
    const line = this.#lines.intern(this.#window, this.#view, from, to);
    if (line < known) return line;
    if (line >= this.#frameOfLine.length) {
      this.#frameOfLine = doubled(this.#frameOfLine);
      this.#nextLines = doubled(this.#nextLines);
    }
    const frame = parseFrameLine(this.#window.toString('latin1', from, to));
    this.#frameOfLine[line] = frame === undefined ? notAFrame : this.#frameCount;
    if (frame !== undefined) {
      this.#frameCount += 1;
      this.#visitor.frame(frame);
    }
    return line;
  }

  #pushFrame(frame: number): void {
    if (this.#depth === this.#stack.length) {
      const grown = new Uint32Array(this.#depth * 2);
      grown.set(this.#stack);
      this.#stack = grown;
    }
    this.#stack[this.#depth] = frame;
    this.#depth += 1;
  }

  #endSample(): void {
    if (this.#thread === noSample) return;
    this.#visitor.sample(this.#thread, this.#period, this.#stack, this.#depth);
    this.#samples += 1;
    this.#thread = noSample;
    this.#depth = 0;
  }

  #readHeader(from: number, to: number): boolean {
    const thread = this.#readThread(from, to);
    if (thread < 0) return false;
    this.#sawHeader = true;
    const tail = this.#readTail(from, to);
    if (tail === undefined) {
      this.#thread = thread;
      this.#period = 1;
      return true;
    }
    this.#eventCounts[tail.event] = (this.#eventCounts[tail.event] ?? 0) + 1;
    if (tail.event === this.#event || this.#allEvents) {
      this.#thread = thread;
      this.#period = tail.period;
    }
    return true;
  }

  // The visitor's number of the thread, or -1 when the line is not a header.
  #readThread(from: number, to: number): number {
    const last = this.#lastThreadField;
    if (this.#threadFields.size > 0 && this.#threadFields.matchAt(last, this.#window, this.#view, from)) {
      return this.#threadOfField[last] ?? -1;
    }
    if (!matchThread(this.#window, from, to, this.#threadField)) return -1;
    const { commEnd, pidStart, pidEnd, tidStart, tidEnd } = this.#threadField;
    if (this.#threadFields.isFull) this.#threadFields.clear();
    const known = this.#threadFields.size;
    // With the space after the digits, so that equal bytes are an equal match.
    const field = this.#threadFields.intern(this.#window, this.#view, from, tidEnd + 1);
    this.#lastThreadField = field;
    if (field < known) return this.#threadOfField[field] ?? -1;
    const comm = this.#window.toString('latin1', from, commEnd);
    const first = numberAt(this.#window, pidStart, pidEnd);
    const second = numberAt(this.#window, tidStart, tidEnd);
    // A single number is a tid, and so is one before a second that is 0.
    const thread = second === 0 ? { comm, pid: undefined, tid: first } : { comm, pid: first, tid: second };
    const key = `${thread.pid ?? '?'}/${thread.tid} ${comm}`;
    let id = this.#threads.get(key);
    if (id === undefined) {
      id = this.#threads.size;
      this.#threads.set(key, id);
      this.#visitor.thread(thread);
    }
    this.#threadOfField[field] = id;
    return id;
  }

  // The `: PERIOD EVENT:` that ends a header; mostly equal to the last one, byte for byte.
  #readTail(from: number, to: number): Tail | undefined {
    const last = this.#lastTail;
    const start = to - this.#tails.lengthOf(last);
    if (
      last < this.#tails.size &&
      start > from &&
      this.#tails.matchAt(last, this.#window, this.#view, start)
    ) {
      return this.#tailOf[last];
    }
    if (!matchEvent(this.#window, from, to, this.#eventField)) return undefined;
    const { colon, nameStart, nameEnd, period } = this.#eventField;
    if (this.#tails.isFull) this.#tails.clear();
    const known = this.#tails.size;
    this.#lastTail = this.#tails.intern(this.#window, this.#view, colon, to);
    if (this.#lastTail === known) {
      const event = this.#eventNumber(this.#window.toString('latin1', nameStart, nameEnd));
      this.#tailOf[known] = { event, period };
    }
    return this.#tailOf[this.#lastTail];
  }

  #eventNumber(name: string): number {
    let event = this.#eventNames.indexOf(name);
    if (event < 0) event = this.#eventNames.push(name) - 1;
    if (this.#event < 0) this.#event = event;
    return event;
  }
}

// Position of the first newline at or after `at`; there is one.
function newlineAt(bytes: Uint8Array, view: DataView, at: number): number {
  let i = at;
  for (;;) {
    const word = view.getInt32(i, true) ^ 0x0a0a0a0a;
    if (((word - 0x01010101) & ~word & 0x80808080) !== 0) break;
    i += 4;
  }
  while (bytes[i] !== newline) i += 1;
  return i;
}
