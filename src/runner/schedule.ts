/** One piece of work of a line. */
export interface Job<T> {
  readonly item: T;
  /** What has to be done before. */
  readonly after: readonly Job<T>[];
  /** Who may run beside it: nobody, anybody who allows it, or those who do not name the same thing. */
  readonly parallel: boolean | string;
}

interface ScheduleOptions<T> {
  /** How many run at a time. */
  readonly limit: number;
  /** After a failure, go on with what does not need what failed. */
  readonly keepGoing: boolean;
  /** Does the work; false when it failed. What it throws ends the schedule when the others that run have ended. */
  readonly run: (item: T) => Promise<boolean>;
  /** Is told of work that is left out because what it needs failed. */
  readonly skipped: (item: T) => void;
}

/**
 * Runs jobs in their order, side by side where both allow it. A job that does not allow it waits for all before it, and all
 * after it wait for it. After a failure nothing new begins (or, going on, nothing that needs it); what runs is let finish.
 */
export async function runJobs<T>(jobs: readonly Job<T>[], options: ScheduleOptions<T>): Promise<void> {
  const waiting = new Set(jobs);
  const running = new Map<Job<T>, Promise<void>>();
  const failed = new Set<Job<T>>();
  const thrown: unknown[] = [];
  const start = (job: Job<T>): void => {
    waiting.delete(job);
    const work = options
      .run(job.item)
      .then((isDone) => {
        if (!isDone) failed.add(job);
      })
      .catch((error: unknown) => thrown.push(error))
      .finally(() => running.delete(job));
    running.set(
      job,
      work.then(() => undefined),
    );
  };
  for (;;) {
    if (thrown.length > 0 || (failed.size > 0 && !options.keepGoing)) waiting.clear();
    for (const job of startable(waiting, running, options.limit)) {
      if (!job.after.some((other) => failed.has(other))) start(job);
      else {
        waiting.delete(job);
        failed.add(job);
        options.skipped(job.item);
      }
    }
    if (running.size > 0) await Promise.race(running.values());
    else if (waiting.size === 0) break;
  }
  if (thrown.length > 0) throw thrown[0];
}

function startable<T>(
  waiting: ReadonlySet<Job<T>>,
  running: ReadonlyMap<Job<T>, unknown>,
  limit: number,
): Job<T>[] {
  const chosen: Job<T>[] = [];
  const beside = [...running.keys()];
  const isAlone = beside.some(({ parallel }) => parallel === false);
  for (const job of waiting) {
    if (isAlone || beside.length >= limit) break;
    if (job.parallel === false) {
      // It keeps its place in the line.
      if (beside.length === 0 && chosen.length === 0) chosen.push(job);
      break;
    }
    const needs = (other: Job<T>): boolean =>
      job.after.includes(other) && (waiting.has(other) || running.has(other));
    const sharesKey = beside.some(
      ({ parallel }) => typeof parallel === 'string' && parallel === job.parallel,
    );
    if (sharesKey || job.after.some(needs)) continue;
    chosen.push(job);
    beside.push(job);
  }
  return chosen;
}
