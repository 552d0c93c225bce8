import { open } from 'node:fs/promises';
import { type ChildOutcome, type Command, ownInput } from '../../process/child.ts';
import type { StepIo } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';

/** How a recording ends that would not end by itself. */
export interface RecordingLimits {
  /** End it after this: what was recorded is what was wanted. */
  readonly durationMs: number | undefined;
  /** Give up on the program after this, in seconds. */
  readonly timeoutSeconds: number | undefined;
  readonly onInterrupt: TaskContext['onInterrupt'];
}

export interface RecordedRun {
  readonly outcome: ChildOutcome;
  /** We ended it, after its duration or by Ctrl-C: however the program took that, it did not fail. */
  readonly isFinished: boolean;
}

const SHOW_MS = 1000;

/**
 * Runs a profiler until its program ends, its time is over, or Ctrl-C: once ends the recording and keeps it, twice gives up. perf takes
 * SIGINT as "enough": it ends the program it started (SIGTERM), not one that it was attached to, and writes what it has.
 *
 * @param data the perf.data file that grows; undefined for other profilers
 */
export async function runRecorder(
  command: Command,
  data: string | undefined,
  { durationMs, timeoutSeconds, onInterrupt }: RecordingLimits,
  io: StepIo,
  meanwhile?: () => void,
): Promise<RecordedRun> {
  const finish = new AbortController();
  const end = (): void => {
    takeBack();
    finish.abort();
    io.progress({ ...unknownProgress, file: data ?? '', text: 'ending …' });
  };
  const takeBack = onInterrupt(end);
  const started = performance.now();
  const growing = data === undefined ? undefined : new GrowingRecording(data);
  const total = durationMs === undefined ? undefined : durationMs / 1000;
  const timers: NodeJS.Timeout[] = [];
  const show = setInterval(() => {
    if (finish.signal.aborted) return;
    void growing?.read().then(() => {
      const seconds = Math.round((performance.now() - started) / 1000);
      io.progress({
        done: seconds,
        total,
        secondsLeft: total === undefined ? undefined : Math.max(0, total - seconds),
        file: data ?? '',
        text: `${seconds} s${growing.text()}; Ctrl-C ends it and keeps it`,
      });
    });
  }, SHOW_MS);
  try {
    const outcome = await io.run(command, {
      mayFail: true,
      stdin: ownInput(),
      timeoutSeconds,
      finish: finish.signal,
      meanwhile: () => {
        meanwhile?.();
        if (durationMs !== undefined) timers.push(setTimeout(end, durationMs));
      },
    });
    return { outcome, isFinished: finish.signal.aborted && !outcome.timedOut };
  } finally {
    takeBack();
    clearInterval(show);
    for (const timer of timers) clearTimeout(timer);
    await growing?.close();
  }
}

const unknownProgress = { done: undefined, total: undefined, secondsLeft: undefined } as const;

/** Of perf.data: where the header says that the records begin, and what of a record's header counts here. */
const DATA_OFFSET_AT = 40;
const RECORD_HEADER_BYTES = 8;
const PERF_RECORD_LOST = 2;
const PERF_RECORD_SAMPLE = 9;
const PERF_RECORD_LOST_SAMPLES = 13;
const CHUNK_BYTES = 1 << 20;

/** Counts what is in a perf.data file while perf writes it. Anything that is not as expected stops the counting, no more. */
class GrowingRecording {
  samples = 0;
  lost = 0;
  bytes = 0;
  readonly #path: string;
  #file: Awaited<ReturnType<typeof open>> | undefined;
  #next = 0;
  #reading: Promise<void> | undefined;
  #isClosed = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** Empty until perf has written something: it keeps half a buffer back. */
  text(): string {
    if (this.samples === 0) return '';
    const size = `${(this.bytes / 1e6).toFixed(1)} MB`;
    const lost = this.lost === 0 ? '' : `, ${this.lost.toLocaleString('en')} lost`;
    return `, ${this.samples.toLocaleString('en')} samples, ${size}${lost}`;
  }

  /** Reads what has been written since. */
  async read(): Promise<void> {
    if (this.#isClosed) return;
    this.#reading ??= this.#readOn().finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#reading;
    await this.#file?.close().catch(() => undefined);
  }

  async #readOn(): Promise<void> {
    try {
      this.#file ??= await open(this.#path, 'r');
      this.bytes = (await this.#file.stat()).size;
      if (this.#next === 0) this.#next = await this.#dataOffset(this.#file);
      while (!this.#isClosed && this.#next > 0 && (await this.#chunk(this.#file)));
    } catch {
      // Not there yet, or gone.
    }
  }

  async #dataOffset(file: Awaited<ReturnType<typeof open>>): Promise<number> {
    const head = Buffer.alloc(DATA_OFFSET_AT + 8);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    if (bytesRead < head.length || head.toString('latin1', 0, 8) !== 'PERFILE2') return 0;
    return Number(head.readBigUInt64LE(DATA_OFFSET_AT));
  }

  /** False when there is no whole record any more. */
  async #chunk(file: Awaited<ReturnType<typeof open>>): Promise<boolean> {
    const buffer = Buffer.alloc(CHUNK_BYTES);
    const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, this.#next);
    let at = 0;
    while (at + RECORD_HEADER_BYTES <= bytesRead) {
      const size = buffer.readUInt16LE(at + 6);
      if (size < RECORD_HEADER_BYTES || at + size > bytesRead) break;
      this.#count(buffer, at, size);
      at += size;
    }
    this.#next += at;
    return at > 0;
  }

  #count(buffer: Buffer, at: number, size: number): void {
    const type = buffer.readUInt32LE(at);
    if (type === PERF_RECORD_SAMPLE) this.samples += 1;
    // `u64 id; u64 lost` and `u64 lost` behind the header.
    else if (type === PERF_RECORD_LOST && size >= 24) this.lost += Number(buffer.readBigUInt64LE(at + 16));
    else if (type === PERF_RECORD_LOST_SAMPLES && size >= 16)
      this.lost += Number(buffer.readBigUInt64LE(at + 8));
  }
}
