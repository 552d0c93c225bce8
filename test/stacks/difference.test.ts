import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { difference, functionChanges } from '../../src/stacks/difference.ts';
import { chanceOf } from '../../src/stacks/sampling-error.ts';
import { twoSidedP } from '../../src/util/normal.ts';
import { stacks, treeOf } from '../flamegraph/trees.ts';

const near = (value: number, expected: number, relative = 1e-9): void =>
  assert.ok(Math.abs(value - expected) <= relative * expected, `${value} is not ${expected}`);

// scipy 1.17.1: 2 * norm.sf(z)
test('tails of the normal distribution', () => {
  const expected: [number, number][] = [
    [0.1, 0.920344325445942],
    [1, 0.31731050786291415],
    [1.96, 0.04999579029644087],
    [2.83, 0.004654800413463103],
    [5, 5.733031437583866e-7],
    [20, 5.507248237212311e-89],
  ];
  for (const [z, p] of expected) near(twoSidedP(z), p);
});

// scipy 1.17.1: fisher_exact([[b, m - b], [a, n - a]])
test("few samples: Fisher's exact test", () => {
  near(chanceOf(0, 1000, 7, 900), 0.005285303341760699);
  near(chanceOf(1, 50, 8, 60), 0.03821230106390118);
  near(chanceOf(0, 500, 6, 20), 1.4530090852283787e-9);
});

// Campbell 2007: chi-squared of the table times (N - 1)/N. scipy: chi2.sf(chi2_contingency(t, correction=False)[0] * 219/220, 1)
test('many samples: the N - 1 chi-squared test', () =>
  near(chanceOf(3, 100, 12, 120), 0.04071812841044198, 1e-6));

test('both sides weigh the same, and what vanished is there', () => {
  const before = treeOf([
    [['root:p', 'main', 'old'], 100],
    [['root:p', 'main', 'kept'], 100],
  ]);
  const after = treeOf([
    [['root:p', 'main', 'kept'], 10],
    [['root:p', 'main', 'new'], 10],
  ]);
  const { tree, before: b, after: a, changes } = difference(before, after);
  const of = (name: string) => {
    const node = Array.from(tree.frame).findIndex((frame, at) => at > 0 && tree.frames[frame]?.name === name);
    return { mean: tree.selfSamples[node], before: b[node], after: a[node], change: changes[node] };
  };
  assert.equal(of('old'), { mean: 250, before: 100, after: 0, change: 'shrunk' });
  assert.equal(of('new'), { mean: 250, before: 0, after: 10, change: 'grown' });
  assert.equal(of('kept'), { mean: 500, before: 100, after: 10, change: 'same' });
  assert.equal(
    functionChanges(before, after)
      .filter(({ change }) => change !== 'same')
      .map(({ name, change }) => [name, change]),
    [
      ['new', 'grown'],
      ['old', 'shrunk'],
    ],
  );
});

test('a profile does not differ from itself, nor from itself recorded longer', () => {
  fc.assert(
    fc.property(stacks, fc.integer({ min: 1, max: 9 }), (all, times) => {
      const longer = treeOf(all.map(([stack, samples]) => [stack, samples * times]));
      const { tree, before, changes } = difference(treeOf(all), longer);
      assert.ok(changes.every((change) => change === 'same'));
      const whole = tree.selfSamples.reduce((sum, self) => sum + self, 0);
      assert.ok(Math.abs(whole - 1000) < 1e-6);
      assert.is(
        before[0],
        all.reduce((sum, [, samples]) => sum + samples, 0),
      );
    }),
  );
});

test('two random halves of one profile differ in hardly anything', () => {
  // A linear congruential generator: the test must not flicker.
  let state = 7;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  let [tested, alarms] = [0, 0];
  for (let round = 0; round < 200; round += 1) {
    const half = () =>
      treeOf(
        Array.from({ length: 400 }, () => [
          ['root:p', 'main', `f${Math.floor(30 * random() * random())}`],
          1,
        ]),
      );
    const { changes } = difference(half(), half());
    tested += 1;
    if (changes.some((change) => change !== 'same')) alarms += 1;
  }
  // The stated rate is 5 %; 200 rounds of it stay under 20 but in one of a thousand cases.
  assert.ok(alarms <= 20, `${alarms} of ${tested}`);
});

test.run();
