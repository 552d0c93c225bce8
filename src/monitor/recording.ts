/*
 * A recording of `tasks monitor --record FILE`: JSON lines, written as they come.
 *   {"format":"faasm-tasks monitor","version":1,"host":…,"started":ISO 8601,"intervalMs":…,"clock":{"wallMs":…,"monotonicMs":…},
 *    "program":[…] or null,"charts":[{"title":…,"quantity":"bytes/s","most":null,"lines":[{"id":…,"label":…}]}]}
 *   {"time":ms since 1970,"values":{"cpu.user":12.5,…}}        absent values were not known
 *   {"time":…,"values":{…},"away":{"since":ms since 1970,"why":…}}     the host did not answer
 * `clock` says which reading of the monotonic clock (what perf records by) is which time of day on the machine that recorded.
 * Trap: a recording that was killed ends within a line; that line is left out.
 */
import { z } from 'zod';
import { TaskError } from '../util/errors.ts';
import { type Chart, History, type Sample } from './chart.ts';
import type { Outage } from './screen.ts';

const quantities = [
  'bytes',
  'bytes/s',
  'seconds',
  'percent',
  'count',
  'count/s',
  'number',
  'number/s',
] as const;

const headSchema = z.object({
  format: z.literal('faasm-tasks monitor'),
  version: z.literal(1),
  host: z.string(),
  started: z.string(),
  intervalMs: z.number(),
  clock: z.object({ wallMs: z.number(), monotonicMs: z.number() }),
  program: z.array(z.string()).nullable(),
  charts: z.array(
    z.object({
      title: z.string(),
      quantity: z.enum(quantities),
      most: z.number().nullable(),
      lines: z.array(z.object({ id: z.string(), label: z.string() })).min(1),
    }),
  ),
});

const sampleSchema = z.object({
  time: z.number(),
  values: z.record(z.string(), z.number()),
  away: z.object({ since: z.number(), why: z.string() }).optional(),
});

/** What a recording says about itself. */
export interface RecordingHead {
  readonly host: string;
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly intervalMs: number;
  readonly clock: { readonly wallMs: number; readonly monotonicMs: number };
  /** What ran under it. */
  readonly program: readonly string[] | null;
}

/** A recording that was read. */
export interface Recording extends RecordingHead {
  readonly history: History;
  /** Stretches without an answer, milliseconds since 1970. */
  readonly outages: readonly { readonly fromMs: number; readonly toMs: number; readonly why: string }[];
}

/** The first line of a recording. */
export function recordingHead(head: RecordingHead, charts: readonly Chart[]): string {
  const displayed = charts.map(({ title, quantity, most, lines }) => ({
    title,
    quantity,
    most: most ?? null,
    lines: lines.map(({ id, label }) => ({ id, label })),
  }));
  return JSON.stringify({ format: 'faasm-tasks monitor', version: 1, ...head, charts: displayed });
}

/** One sample as `--record` and `--json` write it. */
export function sampleRecord(
  { timeMs, values }: Sample,
  outage: Outage | undefined,
): Readonly<Record<string, unknown>> {
  return {
    time: timeMs,
    values,
    ...(outage === undefined ? {} : { away: { since: outage.sinceMs, why: outage.why } }),
  };
}

/** Reads a recording. @throws TaskError naming the line that is wrong. */
export function parseRecording(text: string, displayName: string): Recording {
  const lines = text.split('\n');
  // Whole lines end with a line break: what stands after the last one was cut off.
  lines.pop();
  const head = checked(headSchema, lines[0] ?? '', displayName, 1);
  const charts = head.charts.map(({ most, ...chart }) => ({ ...chart, most: most ?? undefined }));
  const history = new History(charts);
  const outages: { fromMs: number; toMs: number; why: string }[] = [];
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line.trim() === '') continue;
    const { time, values, away: outage } = checked(sampleSchema, line, displayName, index + 1);
    history.add({ timeMs: time, values });
    if (outage === undefined) continue;
    const last = outages.at(-1);
    if (last?.fromMs === outage.since) last.toMs = time;
    else outages.push({ fromMs: outage.since, toMs: time, why: outage.why });
  }
  if (history.length === 0)
    throw new TaskError(`Could not draw ${displayName}: no sample is in it`, {
      hints: ['Record for longer than one --interval.'],
    });
  const { host, started, intervalMs, clock, program } = head;
  return { host, started, intervalMs, clock, program, history, outages };
}

function checked<T>(schema: z.ZodType<T>, line: string, displayName: string, number: number): T {
  const fail = (why: string): never => {
    throw new TaskError(`Could not read ${displayName}: line ${number}: ${why}`, {
      hints: ['It takes what this wrote: tasks monitor --record=FILE'],
    });
  };
  let data: unknown;
  try {
    data = JSON.parse(line);
  } catch {
    return fail('it is not JSON');
  }
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return fail(`${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'unknown form'}`);
}
