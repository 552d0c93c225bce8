import type { Session } from '../../bench/session.ts';
import { TaskError } from '../../util/errors.ts';
import type { TimeSpan } from './time-span.ts';

/** A stretch of time with a name: a block of a benchmark's runs. */
export interface Band {
  readonly label: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * When which function of a benchmark ran, within the recorded time; a block ends where the next begins.
 *
 * @throws TaskError when both were at different times.
 */
export function benchBands(session: Session, { beginMs, endMs }: TimeSpan, displayName: string): Band[] {
  const ended = session.ended === null ? endMs : Date.parse(session.ended);
  const bands = session.blocks.map(({ line, repeat, started }, index) => {
    const { user = '', func = '' } = session.spec.lines[line] ?? {};
    const next = session.blocks[index + 1];
    const name = session.settings.repeats > 1 ? `${user}/${func} ${repeat}` : `${user}/${func}`;
    return {
      label: name,
      fromMs: Date.parse(started),
      toMs: next === undefined ? ended : Date.parse(next.started),
    };
  });
  const inside = bands.filter(({ fromMs, toMs }) => toMs > beginMs && fromMs < endMs);
  if (inside.length === 0) {
    const text = (ms: number): string => new Date(ms).toISOString().slice(0, 19);
    throw new TaskError(
      `${displayName} was not measured while this was recorded: ${session.started.slice(0, 19)} to ${text(ended)}, and ${text(beginMs)} to ${text(endMs)}`,
      { hints: ['Record while it runs: tasks monitor --record=FILE --during "tasks bench SPEC OUT"'] },
    );
  }
  return inside.map(({ label, fromMs, toMs }) => ({
    label,
    fromMs: Math.max(fromMs, beginMs),
    toMs: Math.min(toMs, endMs),
  }));
}
