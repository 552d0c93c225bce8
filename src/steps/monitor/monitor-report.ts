import type { History } from '../../monitor/history.ts';
import { clockText } from '../../monitor/screen.ts';
import { formatLineSummaries, summariseLines } from '../../monitor/summary.ts';
import type { ChildOutcome } from '../../process/child.ts';
import type { TaskContext } from '../../runner/context.ts';
import { formatDuration } from '../../util/display-text.ts';
import type { MonitorRequest } from './monitor-request.ts';
import type { Moment } from './watch.ts';

/** A stretch without an answer, milliseconds since 1970. */
interface Gap {
  readonly fromMs: number;
  toMs: number;
}

/** How a session went, as it comes in. */
export class SessionLog {
  readonly #begunMs = performance.now();
  readonly #gaps: Gap[] = [];

  note({ sample, away }: Moment): void {
    if (away === undefined) return;
    const last = this.#gaps.at(-1);
    if (last?.fromMs === away.sinceMs) last.toMs = sample.timeMs;
    else this.#gaps.push({ fromMs: away.sinceMs, toMs: sample.timeMs });
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
  const words = [
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
  output.result(words.join('\n'), {
    host,
    seconds: log.elapsedMs / 1000,
    samples: history.length,
    lines,
    away: log.gaps,
    ...(request.record === undefined ? {} : { record: request.record.path }),
    ...(outcome === undefined ? {} : { exitCode: outcome.exitCode }),
  });
}
