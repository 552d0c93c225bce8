import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import type { Chart, History } from '../../monitor/chart.ts';
import { type RecordingHead, recordingHead, sampleRecord } from '../../monitor/recording.ts';
import { clockText } from '../../monitor/screen.ts';
import { formatLineSummaries, summariseLines } from '../../monitor/tables.ts';
import type { ChildOutcome } from '../../process/child.ts';
import type { TaskContext } from '../../runner/context.ts';
import { formatDuration } from '../../util/display-text.ts';
import { messageOf, TaskError, UsageError } from '../../util/errors.ts';
import { claimOutput } from '../../util/file-lock.ts';
import type { MonitorRequest } from './monitor-request.ts';
import type { Moment } from './watch.ts';

/** A recording while it grows: whole lines, each written at once, so that a killed run keeps them. */
export class RecordFile {
  readonly #file: FileHandle;
  readonly #displayName: string;
  readonly #release: () => Promise<void>;

  private constructor(file: FileHandle, displayName: string, release: () => Promise<void>) {
    this.#file = file;
    this.#displayName = displayName;
    this.#release = release;
  }

  /** Replaces an older recording. @throws UsageError for a file that holds something else; TaskError when it cannot be written. */
  static async begin(
    { path, displayName }: { readonly path: string; readonly displayName: string },
    head: RecordingHead,
    charts: readonly Chart[],
  ): Promise<RecordFile> {
    const found = await stat(path).catch(() => undefined);
    const hints = ['Name another file: --record=monitor.jsonl'];
    if (found?.isDirectory() === true) throw new UsageError(`${displayName} is a folder`, { hints });
    if (
      found?.isFile() === true &&
      found.size > 0 &&
      !(await readFile(path, 'latin1')).startsWith('{"format":"faasm-tasks monitor"')
    )
      throw new UsageError(`${displayName} is there and holds no recording, so it was left as it is`, {
        hints,
      });
    const release = await claimOutput(path, `other-${displayName}`);
    try {
      const file = new RecordFile(await open(path, 'w'), displayName, release);
      await file.#line(recordingHead(head, charts));
      return file;
    } catch (error) {
      await release();
      throw error instanceof TaskError ? error : failed(displayName, error);
    }
  }

  async add({ sample, outage }: Moment): Promise<void> {
    await this.#line(JSON.stringify(sampleRecord(sample, outage)));
  }

  async close(): Promise<void> {
    await this.#file.close();
    await this.#release();
  }

  async #line(text: string): Promise<void> {
    try {
      await this.#file.appendFile(`${text}\n`);
    } catch (error) {
      throw failed(this.#displayName, error);
    }
  }
}

function failed(displayName: string, error: unknown): TaskError {
  return new TaskError(`Could not write ${displayName}: ${messageOf(error)}`, {
    hints: ['Name a file in a folder that exists and has room: --record=/tmp/monitor.jsonl'],
    cause: error,
  });
}

/** A stretch without an answer, milliseconds since 1970. */
interface Gap {
  readonly fromMs: number;
  toMs: number;
}

/** How a session went, as it comes in. */
export class SessionLog {
  readonly #begunMs = performance.now();
  readonly #gaps: Gap[] = [];

  note({ sample, outage }: Moment): void {
    if (outage === undefined) return;
    const last = this.#gaps.at(-1);
    if (last?.fromMs === outage.sinceMs) last.toMs = sample.timeMs;
    else this.#gaps.push({ fromMs: outage.sinceMs, toMs: sample.timeMs });
  }

  get gaps(): readonly Gap[] {
    return this.#gaps;
  }

  get elapsedMs(): number {
    return performance.now() - this.#begunMs;
  }
}

interface ReportOptions {
  readonly history: History;
  readonly host: string;
  readonly log: SessionLog;
  readonly request: MonitorRequest;
  readonly outcome: ChildOutcome | undefined;
}

/** Says at the end what every line came to. */
export function reportSession(options: ReportOptions, { output }: TaskContext): void {
  const { history, host, log, request, outcome } = options;
  const lines = summariseLines(history);
  const samples = `${history.length} sample${history.length === 1 ? '' : 's'}`;
  const text = [
    `${host}: ${samples} in ${formatDuration(log.elapsedMs)}`,
    ...log.gaps.map(({ fromMs, toMs }) => `No answer from ${clockText(fromMs)} to ${clockText(toMs)}`),
    ...(lines.length === 0 ? [] : [formatLineSummaries(lines)]),
    ...(request.program === undefined
      ? []
      : ['The program was measured by /proc on this machine: itself and all that it started.']),
    ...(request.record === undefined
      ? []
      : [
          `Recorded in ${request.record.displayName}; draw it: tasks monitor.plot ${request.record.displayName}`,
        ]),
  ];
  output.result(text.join('\n'), {
    host,
    seconds: log.elapsedMs / 1000,
    samples: history.length,
    lines,
    away: log.gaps,
    ...(request.record === undefined ? {} : { record: request.record.path }),
    ...(outcome === undefined ? {} : { exitCode: outcome.exitCode }),
  });
}
