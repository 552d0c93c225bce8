import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { outputOf, timed } from './child.ts';
import type { Ratio } from './claim.ts';

interface Size {
  readonly minSamples: number;
  readonly rounds: number;
  readonly atLeast: number;
  readonly wanted: number;
}

const workers = 4;
const cores = 2;
const longestMilliseconds = 120_000;
/** Our side is short: each of its runs is repeated, so that both sides are hit alike by what else the machine does. */
const oursEachRound = 3;

/** JavaScript in several threads, half of it below a dozen calls. */
const busy = `
const { Worker, isMainThread, workerData } = require('node:worker_threads');
const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));
const end = isMainThread ? Date.now() + Number(process.argv[2]) : workerData;
if (isMainThread) for (let i = 1; i < ${workers}; i += 1) new Worker(__filename, { workerData: end });
const work = () => { fib(12); JSON.parse(JSON.stringify(process.versions)); 'a,b,c'.split(',').map((c) => c + c).sort(); };
const deep = (n) => (n === 0 ? work() : deep(n - 1) + 1);
for (let i = 0; Date.now() < end; i += 1) deep((i % 2) * 12);
`;

/** perf.data and jitdump -> folded stacks: ours against the pipeline that it replaces. Both must say the same. */
export function foldClaim(folder: string, tasks: string, size: Size): Ratio {
  const samples = recordBusy(folder, tasks, size.minSamples);
  const ours = [process.execPath, tasks, 'flame.fold', 'perf.data'];
  const oursSeconds: number[] = [];
  const theirsSeconds: number[] = [];
  for (let round = 0; round < size.rounds; round += 1) {
    for (let i = 0; i < oursEachRound; i += 1) oursSeconds.push(timed(folder, ours, 'ours').seconds);
    theirsSeconds.push(pipelineSeconds(folder));
  }
  if (flameGraphDir() !== undefined && !outputOf(folder, 'ours').equals(outputOf(folder, 'theirs')))
    throw new Error('the reader and the pipeline differ');
  // Noise only adds: the fastest of each.
  return {
    name: `perf.data and jitdump to folded stacks, ${samples} samples`,
    oursSeconds: Math.min(...oursSeconds),
    theirsSeconds: Math.min(...theirsSeconds),
    against: `perf inject + ${flameGraphDir() === undefined ? 'perf script report stackcollapse' : 'perf script --no-inline | stackcollapse-perf.pl'}`,
    atLeast: size.atLeast,
    wanted: size.wanted,
  };
}

/** Records `perf.data` in `folder` with at least so many samples; gives their number. */
export function recordBusy(folder: string, tasks: string, minSamples: number): number {
  writeFileSync(join(folder, 'busy.cjs'), busy);
  // The kernel slows the sampling down where it takes too much of a processor: then it takes longer.
  const hertz = minSamples > 10_000 ? 20_000 : 999;
  for (let milliseconds = (minSamples / hertz / cores) * 1300; ; ) {
    const node = [process.execPath, '--perf-prof', '--interpreted-frames-native-stack', 'busy.cjs'];
    const record = ['perf', 'record', '-q', '-k', '1', '-F', String(hertz), '-g', '-o', 'perf.data'];
    timed(folder, [...record, ...node, String(Math.ceil(milliseconds))]);
    const samples = samplesIn(folder, tasks);
    if (samples >= minSamples) return samples;
    milliseconds *= Math.max(1.3, (1.1 * minSamples) / (samples + 1));
    if (milliseconds > longestMilliseconds)
      throw new Error(`perf takes only ${samples} samples here: sysctl kernel.perf_event_max_sample_rate`);
  }
}

function samplesIn(folder: string, tasks: string): number {
  timed(folder, [process.execPath, tasks, 'flame.top', 'perf.data', '--json', '--quiet'], 'top');
  const { samples }: { samples: number } = JSON.parse(outputOf(folder, 'top').toString());
  return samples;
}

/** The standard pipeline; its build-id cache and code files go with the folder. */
function pipelineSeconds(folder: string): number {
  copyFileSync(join(folder, 'perf.data'), join(folder, 'copy.data'));
  const buildIds = ['--buildid-dir', join(folder, 'buildid')];
  const inject = ['perf', ...buildIds, 'inject', '-j', '-i', 'copy.data', '-o', 'injected.data'];
  const script = flameGraphDir();
  const collapse =
    script === undefined
      ? ['perf', 'script', '-i', 'injected.data', 'report', 'stackcollapse']
      : [
          'sh',
          '-c',
          'perf script --no-inline -i injected.data 2>/dev/null | perl "$0"',
          join(script, 'stackcollapse-perf.pl'),
        ];
  return timed(folder, inject).seconds + timed(folder, collapse, 'theirs').seconds;
}

/** stackcollapse-perf.pl is in no package; perf brings a script of its own that folds. */
function flameGraphDir(): string | undefined {
  return process.env['FLAMEGRAPH_DIR'];
}
