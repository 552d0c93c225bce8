import type { Series } from '../src/bench/series.ts';
import type { Random } from '../src/bench/statistics/distributions.ts';

/** Makes the times of one process, microseconds; every process of a scenario is made alike, so their truth is the same. */
type Process = (random: Random, runs: number, centreUs: number) => Float64Array;

export interface Scenario {
  readonly name: string;
  /** What it imitates, in plain words. */
  readonly about: string;
  readonly process: Process;
}

const typicalUs = 100;

/** The kinds of noise that benchmarks meet, each around 100 microseconds. */
export const scenarios: readonly Scenario[] = [
  { name: 'quiet', about: 'independent runs, 3 % noise', process: independent(0.03) },
  { name: 'loud', about: 'independent runs, 15 % noise', process: independent(0.15) },
  {
    name: 'heavy-tailed',
    about: '3 % noise, every tenth run longer by a Pareto-distributed factor (infinite variance)',
    process: (random, runs, centreUs) =>
      made(
        runs,
        () => centreUs * noise(random, 0.03) * (random.uniform() < 0.1 ? random.uniform() ** -0.8 : 1),
      ),
  },
  {
    name: 'bimodal',
    about: 'two peaks 20 % apart, 30 % of the runs at the higher one, at random',
    process: bimodal(0.3),
  },
  {
    name: 'evenly bimodal',
    about: 'the same with 50 %: the median itself is not defined',
    process: bimodal(0.5),
  },
  {
    name: 'switching',
    about: 'two peaks 20 % apart; a run stays with the peak of the one before in 95 % of cases',
    process: (random, runs, centreUs) => {
      let isHigh = random.uniform() < 0.5;
      return made(runs, () => {
        if (random.uniform() < 0.05) isHigh = !isHigh;
        return centreUs * noise(random, 0.02) * (isHigh ? 1.2 : 1);
      });
    },
  },
  {
    name: 'drifting',
    about: '3 % noise, slower by 15 % from the first run to the last',
    process: (random, runs, centreUs) =>
      made(runs, (i) => centreUs * noise(random, 0.03) * (1 + (0.15 * i) / runs)),
  },
  {
    name: 'own drift',
    about: '3 % noise, each process drifts by an amount of its own (deviation 6 %)',
    process: (random, runs, centreUs) => {
      const drift = 0.06 * random.normal();
      return made(runs, (i) => centreUs * noise(random, 0.03) * (1 + (drift * i) / runs));
    },
  },
  {
    name: 'autocorrelated',
    about: '5 % noise, each run resembles the one before (r = 0.7)',
    process: autoregressive(0.05, 0.7),
  },
  {
    name: 'very autocorrelated',
    about: '5 % noise, each run resembles the one before (r = 0.95)',
    process: autoregressive(0.05, 0.95),
  },
  {
    name: 'coarse clock',
    about: '2 % noise, read from a clock whose step is 3 % of the time',
    process: (random, runs, centreUs) =>
      made(runs, () => Math.round((centreUs * noise(random, 0.02)) / 3) * 3),
  },
  {
    name: 'processes 1 %',
    about: '3 % noise, processes differ by 1 % (deviation)',
    process: betweenProcesses(0.01),
  },
  {
    name: 'processes 3 %',
    about: '3 % noise, processes differ by 3 % (deviation)',
    process: betweenProcesses(0.03),
  },
];

/** A series of the scenario in `processes` processes of equal length, every time multiplied by `factor`. */
export function simulated(
  { name, process }: Scenario,
  random: Random,
  size: { readonly runs: number; readonly processes: number; readonly factor: number },
): Series {
  const each = Math.floor(size.runs / size.processes);
  const runUs = new Float64Array(each * size.processes);
  for (let i = 0; i < size.processes; i += 1)
    runUs.set(process(random, each, typicalUs * size.factor), i * each);
  return {
    user: 'simulated',
    func: name,
    input: undefined,
    runUs,
    resetUs: undefined,
    failures: 0,
    unusable: 0,
    blockStarts: Array.from({ length: size.processes }, (_, i) => i * each),
  };
}

function independent(deviation: number): Process {
  return (random, runs, centreUs) => made(runs, () => centreUs * noise(random, deviation));
}

function bimodal(share: number): Process {
  return (random, runs, centreUs) =>
    made(runs, () => centreUs * noise(random, 0.02) * (random.uniform() < share ? 1.2 : 1));
}

function betweenProcesses(deviation: number): Process {
  return (random, runs, centreUs) => {
    const level = centreUs * noise(random, deviation);
    return made(runs, () => level * noise(random, 0.03));
  };
}

function autoregressive(deviation: number, correlation: number): Process {
  return (random, runs, centreUs) => {
    let state = random.normal();
    return made(runs, () => {
      state = correlation * state + Math.sqrt(1 - correlation ** 2) * random.normal();
      return centreUs * Math.exp(deviation * state);
    });
  };
}

function noise(random: Random, deviation: number): number {
  return Math.exp(deviation * random.normal());
}

function made(runs: number, time: (i: number) => number): Float64Array {
  return Float64Array.from({ length: runs }, (_, i) => time(i));
}
