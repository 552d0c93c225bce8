import { TaskError } from '../../src/util/errors.ts';
import type { Place, Reader } from './readers.ts';

/**
 * No input may take longer, or make its process need more. Time is the processor's, which a busy machine does not change; what
 * only waits (for a pipe, a device) sleeps each time it is looked at.
 */
export const limits = { milliseconds: 2000, looksAsleep: 100, megabytes: 512 } as const;

/** What is wrong with how an input was read. */
export type Why = 'exception' | 'slow' | 'hang' | 'memory' | 'crash';

export interface Outcome {
  /** Undefined when all is well. */
  readonly why: Why | undefined;
  /** What the reader said: of a finding, what it is known by. */
  readonly said: string;
  /** Of processor time, unless another clock was given. */
  readonly milliseconds: number;
}

/** Reads one input. Errors meant for people are a good outcome, all others are findings. A clock is cheaper than processor time. */
export async function readInput(
  reader: Reader,
  bytes: Buffer,
  place: Place,
  clock: () => number = processorMs,
): Promise<Outcome> {
  const started = clock();
  const passed = () => clock() - started;
  try {
    const said = await reader.read(bytes, place);
    return judged(said, passed());
  } catch (error) {
    if (error instanceof TaskError) return judged(error.message.replace(/\d+/g, '#'), passed());
    return { why: 'exception', said: describe(error), milliseconds: passed() };
  }
}

/** Processor time of this process. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

let unasked = 0;

function judged(said: string, milliseconds: number): Outcome {
  if (milliseconds > limits.milliseconds)
    return { why: 'slow', said: `${Math.round(milliseconds)} ms`, milliseconds };
  // Asking takes as long as a small input; what takes much memory takes some time.
  unasked += 1;
  if (milliseconds < 2 && unasked < 64) return { why: undefined, said, milliseconds };
  unasked = 0;
  if (peakMegabytes() > limits.megabytes)
    return { why: 'memory', said: `${Math.round(peakMegabytes())} MB`, milliseconds };
  return { why: undefined, said, milliseconds };
}

/** The most memory that this process has had so far. */
export function peakMegabytes(): number {
  return process.resourceUsage().maxRSS / 1024;
}

/** The error and the first line of ours that it came through. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const line = (error.stack ?? '').split('\n').find((one) => one.includes('/src/'));
  const place = line === undefined ? '' : line.replace(/^.*\/src\//, 'src/').replace(/[)\s]+$/, '');
  return `${error.name}: ${error.message.slice(0, 120)} at ${place}`;
}
