import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Job, runJobs } from '../../src/runner/executor.ts';

interface Work {
  readonly at: number;
  readonly fails: boolean;
  /** How many turns of the event loop it takes. */
  readonly turns: number;
}

const plan = fc
  .array(
    fc.record({
      parallel: fc.constantFrom<boolean | string>(true, false, 'a', 'b'),
      fails: fc.boolean().map((fails) => fails),
      turns: fc.nat(4),
      needs: fc.array(fc.nat(9), { maxLength: 2 }),
    }),
    { maxLength: 10 },
  )
  .map((drawn) => {
    const jobs: Job<Work>[] = [];
    for (const [at, { parallel, fails, turns, needs }] of drawn.entries()) {
      jobs.push({
        item: { at, fails, turns },
        parallel,
        after: jobs.filter((_, other) => needs.includes(other)),
      });
    }
    return jobs;
  });

interface Log {
  readonly ran: number[];
  readonly skipped: number[];
  readonly mostAtOnce: number;
}

/** Runs jobs that watch who runs beside them. */
async function watched(jobs: readonly Job<Work>[], limit: number, keepGoing: boolean): Promise<Log> {
  const [ran, skipped, running, done] = [
    [] as number[],
    [] as number[],
    new Set<number>(),
    new Set<number>(),
  ];
  let mostAtOnce = 0;
  await runJobs(jobs, {
    limit,
    keepGoing,
    skipped: ({ at }) => skipped.push(at),
    run: async ({ at, fails, turns }) => {
      const own = jobs[at];
      for (const other of running) {
        const beside = jobs[other]?.parallel;
        assert.ok(own?.parallel !== false && beside !== false, `${at} beside ${other}`);
        assert.ok(own?.parallel === true || own?.parallel !== beside, `${at} and ${other} share ${beside}`);
      }
      for (const { item } of own?.after ?? []) assert.ok(done.has(item.at), `${at} before ${item.at}`);
      if (own?.parallel === false)
        assert.ok(jobs.slice(0, at).every(({ item }) => ran.includes(item.at) || skipped.includes(item.at)));
      running.add(at);
      ran.push(at);
      mostAtOnce = Math.max(mostAtOnce, running.size);
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      running.delete(at);
      done.add(at);
      return !fails;
    },
  });
  return { ran, skipped, mostAtOnce };
}

test('whoever runs beside whom allowed it, and nobody before what it needs', async () => {
  await fc.assert(
    fc.asyncProperty(plan, fc.integer({ min: 1, max: 4 }), async (jobs, limit) => {
      const fine = jobs.map((job) => ({ ...job, item: { ...job.item, fails: false } }));
      const same = fine.map((job) => ({ ...job, after: [] }));
      const { ran, skipped, mostAtOnce } = await watched(same, limit, false);
      assert.equal(
        [...ran].sort((a, b) => a - b),
        fine.map(({ item }) => item.at),
      );
      assert.equal(skipped, []);
      assert.ok(mostAtOnce <= limit);
      if (limit === 1)
        assert.equal(
          ran,
          fine.map(({ item }) => item.at),
        );
    }),
  );
});

test('going on leaves out exactly what needs a failure; otherwise nothing begins after one', async () => {
  await fc.assert(
    fc.asyncProperty(plan, fc.integer({ min: 1, max: 4 }), async (jobs, limit) => {
      const { ran, skipped } = await watched(jobs, limit, true);
      const lost = new Set<number>();
      for (const { item, after } of jobs)
        if (item.fails || after.some((other) => lost.has(other.item.at))) lost.add(item.at);
      const left = jobs
        .filter(({ after }) => after.some((other) => lost.has(other.item.at)))
        .map(({ item }) => item.at);
      assert.equal(
        [...skipped].sort((a, b) => a - b),
        left,
      );
      assert.is(ran.length + skipped.length, jobs.length);
      const first = (await watched(jobs, 1, false)).ran;
      const failing = jobs.findIndex(({ item }) => item.fails);
      assert.equal(
        first,
        jobs.slice(0, failing === -1 ? jobs.length : failing + 1).map(({ item }) => item.at),
      );
    }),
  );
});

test('what is thrown comes out when the others have ended', async () => {
  const job = (item: string): Job<string> => ({ item, after: [], parallel: true });
  const ended: string[] = [];
  const failure = await runJobs(['throws', 'slow', 'never'].map(job), {
    limit: 2,
    keepGoing: true,
    skipped: () => undefined,
    run: async (item) => {
      if (item === 'throws') throw new Error('a bug');
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
      ended.push(item);
      return true;
    },
  }).catch((error: unknown) => error);
  assert.match(String(failure), /a bug/);
  assert.equal(ended, ['slow']);
});

test.run();
