import { readFileSync, writeFileSync } from 'node:fs';
import { scenarios, simulated } from '../benchmarks/bench-scenarios.ts';
import { type Design, familyTried, summaryTried, tried } from '../benchmarks/bench-trials.ts';
import { randomFrom } from '../src/bench/statistics/distributions.ts';
import { median } from '../src/bench/statistics/quantiles.ts';

// Measures the error rates of `bench.compare` on simulated benchmarks whose truth is known, and puts the tables into
// docs/benchmark-statistics.md between the markers. Deterministic; some minutes: npx tsx scripts/simulate_benchmarks.ts [trials]

const trials = Number(process.argv[2] ?? 400);
const seed = 20_250_101;
const page = new URL('../docs/benchmark-statistics.md', import.meta.url);
const designs: readonly Design[] = [
  { runs: 10, processes: 1 },
  { runs: 30, processes: 1 },
  { runs: 100, processes: 1 },
  { runs: 1000, processes: 1 },
  { runs: 100, processes: 5 },
  { runs: 300, processes: 10 },
];
/** Three standard errors above 5 %: what a true rate of 5 % may show by chance. */
const rateLimit = 0.05 + 3 * Math.sqrt((0.05 * 0.95) / trials);

const sections = [comparisonTables(), measuredNoise(), families(), summaries()];
const marker = (name: string) => `<!-- simulation ${name} -->`;
const text = readFileSync(page, 'utf8');
const [before = '', rest = ''] = text.split(marker('begins'));
const [, after = ''] = rest.split(marker('ends'));
writeFileSync(page, `${before}${marker('begins')}\n${sections.join('\n')}${marker('ends')}${after}`);

function comparisonTables(): string {
  return designs.map(comparisonTable).join('\n');
}

function comparisonTable(design: Design): string {
  const rows = scenarios.map((scenario) => {
    const random = randomFrom(seed);
    const at = (ratio: number) => tried(scenario, design, ratio, trials, random);
    const [equal, two, five, ten] = [at(1), at(1.02), at(1.05), at(1.1)];
    const alarms = equal.faster + equal.slower;
    return [
      scenario.name,
      alarms > rateLimit ? `**${percent(alarms)}**` : percent(alarms),
      percent(equal.same),
      percent(equal.covered),
      percent(two.slower),
      percent(two.same),
      percent(five.slower),
      percent(ten.slower),
      percent(two.faster + five.faster + ten.faster),
    ];
  });
  const each = design.runs / design.processes;
  const title =
    design.processes === 1
      ? `### One process of ${design.runs} runs a side`
      : `### ${design.processes} processes of ${each} runs a side`;
  const head = [
    'noise',
    'equal: false alarms',
    '"same"',
    'interval holds 1',
    '2 %: "slower"',
    '"same"',
    '5 %: "slower"',
    '10 %: "slower"',
    'wrong way',
  ];
  return `\n${title}\n\n${table(head, rows)}`;
}

function measuredNoise(): string {
  const scenario = scenarioNamed('processes 3 %');
  const rows = [1, 1.05, 1.1, 1.2].map((ratio) => {
    const result = tried(scenario, { runs: 100, processes: 1 }, ratio, trials, randomFrom(seed), 0.03);
    return [
      percent(ratio - 1),
      percent(result.faster),
      percent(result.slower),
      percent(result.same),
      percent(result.noisy),
    ];
  });
  const head = ['true change', 'faster', 'slower', 'same', 'noisy'];
  return `\n### One process of 100 runs a side, processes differ by 3 %, and \`bench.aa\` has measured that\n\n${table(head, rows)}`;
}

function families(): string {
  const count = Math.ceil(trials / 5);
  const rows = [
    ['quiet', 5],
    ['loud', 5],
    ['heavy-tailed', 5],
    ['processes 3 %', 5],
    ['processes 3 %', 10],
  ] satisfies [string, number][];
  const cells = rows.map(([name, processes]) => {
    const design = { runs: 30 * processes, processes };
    const { falseDiscoveries, found } = familyTried(scenarioNamed(name), design, count, randomFrom(seed));
    return [name, `${processes} x 30`, percent(falseDiscoveries), percent(found)];
  });
  const head = ['noise', 'processes x runs', 'false alarms among the alarms', 'changed functions found'];
  return `\n### Forty functions at once, ten of them 10 % slower\n\n${table(head, cells)}`;
}

function summaries(): string {
  const names = [
    'quiet',
    'loud',
    'heavy-tailed',
    'bimodal',
    'evenly bimodal',
    'switching',
    'drifting',
    'autocorrelated',
    'very autocorrelated',
    'coarse clock',
  ];
  const rows = names.flatMap((name) => {
    const scenario = scenarioNamed(name);
    const random = randomFrom(seed);
    const truth = median(simulated(scenario, random, { runs: 400_000, processes: 400, factor: 1 }).runUs);
    return [30, 100, 1000].map((runs) => {
      const { covered, peaks, drift, warmUp } = summaryTried(
        scenario,
        runs,
        truth,
        Math.ceil(trials / 2),
        random,
      );
      return [name, String(runs), percent(covered), percent(peaks), percent(drift), percent(warmUp)];
    });
  });
  const head = [
    'noise',
    'runs',
    'interval holds the true median',
    'two peaks',
    'drift',
    'warm-up or never steady',
  ];
  return `\n### What a summary of one process says\n\n${table(head, rows)}`;
}

function scenarioNamed(name: string) {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`no scenario ${name}`);
  return found;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = line(head.map((_, i) => (i === 0 ? '---' : '---:')));
  return `${[line(head), rule, ...rows.map(line)].join('\n')}\n`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
