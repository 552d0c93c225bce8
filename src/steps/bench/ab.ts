import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { noiseFloor } from '../../bench/comparison.ts';
import { type Random, randomFrom } from '../../bench/statistics/distributions.ts';
import type { MicrobenchRunner } from '../../engine/microbench-choice.ts';
import { printPlan, runSharedSteps, type SharedStep } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { UsageError } from '../../util/errors.ts';
import { runFolderAt } from '../../util/run-folder.ts';
import { sayWhatIsKept, warnOfNoise } from './bench-job.ts';
import { throwFailures } from './bench-report.ts';
import { parseShare, readSpec, runnerFor } from './bench-request.ts';
import { blockCommand } from './block-run.ts';
import { compared, explained, printComparisons, type VerdictArgs } from './compare.ts';
import { measureLines } from './measure-lines.ts';
import { Measurement } from './measurement.ts';

interface InterleavedArgs extends Omit<VerdictArgs, 'noise'> {
  readonly spec: string;
  readonly out: string;
  readonly repeats: number;
  readonly warmup: number;
  readonly timeout: number | undefined;
  readonly resume: boolean;
}

export interface AbArgs extends InterleavedArgs {
  readonly a: string | undefined;
  readonly b: string | undefined;
}

export interface AaArgs extends Omit<InterleavedArgs, 'failOn' | 'markdown' | 'explain'> {
  readonly engine: string;
}

/** `tasks bench.ab`: two engines or builds in turns, so that drift and heat hit both; then their comparison. */
export async function runAb(args: AbArgs, context: TaskContext): Promise<void> {
  const { a, b } = args;
  if (a === undefined || b === undefined)
    throw new UsageError('Two things are compared: give --a and --b', {
      hints: ['For example: tasks bench.ab spec.csv --a=/build/old --b=/build/new'],
    });
  if (args.markdown || context.output.json) context.output.reserveStdout();
  const threshold = parseShare(args.threshold, '--threshold');
  const pair = await interleave(args, { a, b, flags: ['--a', '--b'] }, context);
  if (pair === undefined) return;
  const [first, second] = pair;
  const comparisons = compared(first, second, { seed: args.seed, noise: undefined }, threshold, {
    isPaired: true,
  });
  const sides = {
    base: first.runner,
    changed: second.runner,
    names: [first.displayName, second.displayName],
  } as const;
  const graphs = await explained(comparisons, async () => sides, args, context);
  printComparisons(
    comparisons,
    { base: first.displayName, changed: second.displayName, threshold, graphs },
    args,
    context,
  );
}

/** `tasks bench.aa`: one against itself; how much equal things differ on this machine, and how often that looks like a change. */
export async function runAa(args: AaArgs, context: TaskContext): Promise<void> {
  const threshold = parseShare(args.threshold, '--threshold');
  const { engine, seed } = args;
  const pair = await interleave(
    { ...args, failOn: undefined, markdown: false, explain: false },
    { a: engine, b: engine, flags: ['--engine', '--engine'] },
    context,
  );
  if (pair === undefined) return;
  const [first, second] = pair;
  const floor = noiseFloor(first.series, second.series, {
    threshold,
    falseDiscoveryRate: 0.05,
    seed,
    isPaired: true,
  });
  const { output } = context;
  if (floor === undefined) {
    output.result('Nothing was measured twice, so nothing can be said of the noise.', { noiseFloor: null });
    return;
  }
  const percent = (share: number): string => `${(share * 100).toFixed(share < 0.01 ? 2 : 1)} %`;
  const alarms =
    floor.falseAlarms === 0
      ? 'None was called faster or slower, rightly.'
      : `${floor.falseAlarms} of ${floor.functions} were called faster or slower, wrongly.`;
  output.result(
    [
      `${output.isQuiet ? '' : '\n'}Noise floor: ${percent(floor.smallestChange)} (smaller differences between two processes mean nothing here)`,
      `Half of ${floor.pairs} pairs of equal processes differ by less than ${percent(floor.usualChange)}; standard deviation ${percent(floor.processNoise)}.`,
      alarms,
      `For comparisons of single processes: tasks bench.compare BASE NEW --noise=${percent(floor.processNoise).replace(' ', '')}`,
    ].join('\n'),
    { noiseFloor: floor, outputs: [first.path, second.path] },
  );
}

interface Sides {
  readonly a: string;
  readonly b: string;
  readonly flags: readonly [string, string];
}

type Measured = { readonly displayName: string; readonly path: string; readonly runner: MicrobenchRunner } & {
  readonly series: Awaited<ReturnType<Measurement['series']>>;
};

async function interleave(
  args: InterleavedArgs,
  { a, b, flags }: Sides,
  context: TaskContext,
): Promise<readonly [Measured, Measured] | undefined> {
  const spec = await readSpec(args.spec, context);
  const runners = [
    await runnerFor(a, flags[0], spec, context),
    await runnerFor(b, flags[1], spec, context),
  ] as const;
  if (context.dry) {
    const folder = runFolderAt(join(tmpdir(), 'faasm-tasks-XXXXXX'));
    printPlan(
      runners.map((runner, at) => ({
        ...blockCommand({ runner, folder, variables: spec.variables }),
        plan: {
          title: `Measure side ${at === 0 ? 'A' : 'B'}`,
          why: `processes of both sides take turns, ${args.repeats} each`,
          inputs: [folder.file('spec.csv')],
          outputs: [resolve(context.cwd, `${args.out.replace(/\.csv$/, '')}.${at === 0 ? 'a' : 'b'}.csv`)],
        },
      })),
      context,
    );
    return undefined;
  }
  const settings = {
    repeats: args.repeats,
    warmup: args.warmup,
    targetError: null,
    timeoutSeconds: args.timeout ?? null,
    seed: args.seed,
  };
  const stem = args.out.replace(/\.csv$/, '');
  const resume = { resume: args.resume };
  const first = await Measurement.open(
    { spec, runner: runners[0], out: `${stem}.a.csv`, settings },
    context,
    resume,
  );
  let second: Measurement | undefined;
  let isWhole = false;
  try {
    second = await Measurement.open(
      { spec, runner: runners[1], out: `${stem}.b.csv`, settings },
      context,
      resume,
    );
    warnOfNoise(first, context);
    await runSharedSteps(interleavedSteps([first, second], args.repeats, randomFrom(args.seed)), context);
    isWhole = first.failures.length + second.failures.length === 0;
  } catch (error) {
    const sides = second === undefined ? [] : [first, second];
    sayWhatIsKept(sides, 'the same line with --resume', context);
    throw error;
  } finally {
    await first.close({ isWhole });
    await second?.close({ isWhole });
  }
  throwFailures([...first.failures, ...second.failures]);
  return [await measured(first, runners[0]), await measured(second, runners[1])];
}

async function measured(one: Measurement, runner: MicrobenchRunner): Promise<Measured> {
  return { displayName: one.displayName, path: one.path, runner, series: await one.series() };
}

/** Blocks of A and B next to each other; of two repeats the second goes the other way round, and chance decides which way is first. */
function interleavedSteps(
  sides: readonly [Measurement, Measurement],
  repeats: number,
  random: Random,
): SharedStep[] {
  const [first] = sides;
  const flips = first.spec.lines.map(() => false);
  return Array.from({ length: repeats }, (_, index) => {
    const isFirstOfTwo = index % 2 === 0;
    const order = flips.map((_flip, line) => {
      flips[line] = isFirstOfTwo ? random.uniform() < 0.5 : flips[line] !== true;
      return flips[line] === true;
    });
    return {
      title: `Repeat ${index + 1} of ${repeats}, both sides in turns`,
      run: async (io) => {
        for (const [line, isFlipped] of order.entries())
          for (const side of isFlipped ? sides.toReversed() : sides)
            await measureLines(side, [line], index + 1, io);
      },
    };
  });
}
