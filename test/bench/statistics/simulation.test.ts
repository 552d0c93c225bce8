import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { scenarios } from '../../../benchmarks/bench-scenarios.ts';
import { familyTried, tried } from '../../../benchmarks/bench-trials.ts';
import { randomFrom } from '../../../src/bench/statistics/distributions.ts';

// A small version of scripts/simulate_benchmarks.ts, whose tables are in docs/benchmark-statistics.md. Seeded: it fails only when
// the statistics change.

const trials = 120;
/** What 5 % may show in so many trials (three standard errors). */
const rateLimit = 0.05 + 3 * Math.sqrt((0.05 * 0.95) / trials);

function scenario(name: string) {
  const found = scenarios.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no scenario ${name}`);
  return found;
}

test('no kind of noise raises more than the stated false alarms with several processes', () => {
  for (const one of scenarios) {
    const { faster, slower, covered } = tried(one, { runs: 100, processes: 5 }, 1, trials, randomFrom(1));
    assert.ok(faster + slower <= rateLimit, `${one.name}: ${faster + slower}`);
    assert.ok(covered >= 1 - rateLimit, `${one.name}: ${covered} of the intervals hold the truth`);
  }
});

test('nor with one process, where processes do not differ by more than is assumed', () => {
  for (const one of scenarios.filter(({ name }) => name !== 'processes 3 %' && name !== 'switching')) {
    const { faster, slower } = tried(one, { runs: 100, processes: 1 }, 1, trials, randomFrom(1));
    assert.ok(faster + slower <= rateLimit, `${one.name}: ${faster + slower}`);
  }
});

test('real changes are found: 5 % in quiet and heavy-tailed runs, 10 % where processes differ by 3 %', () => {
  const found = (name: string, processes: number, ratio: number) =>
    tried(scenario(name), { runs: 100, processes }, ratio, trials, randomFrom(1)).slower;
  assert.ok(found('quiet', 1, 1.05) >= 0.9);
  assert.ok(found('heavy-tailed', 1, 1.05) >= 0.9);
  assert.ok(found('drifting', 5, 1.05) >= 0.9);
  assert.ok(found('processes 3 %', 5, 1.1) >= 0.9);
});

test('the simulation can fail: processes that differ by 3 % deceive whoever measures one', () => {
  const { faster, slower } = tried(
    scenario('processes 3 %'),
    { runs: 100, processes: 1 },
    1,
    trials,
    randomFrom(1),
  );
  assert.ok(faster + slower > 0.25);
  const measured = tried(
    scenario('processes 3 %'),
    { runs: 100, processes: 1 },
    1,
    trials,
    randomFrom(1),
    0.03,
  );
  assert.ok(measured.faster + measured.slower <= rateLimit);
});

test('forty functions at once: false alarms among the alarms', () => {
  const { falseDiscoveries, found } = familyTried(
    scenario('loud'),
    { runs: 300, processes: 10 },
    12,
    randomFrom(1),
  );
  assert.ok(falseDiscoveries <= 0.1, `${falseDiscoveries}`);
  assert.ok(found > 0.6, `${found}`);
});

test.run();
