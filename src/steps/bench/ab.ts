import { noiseFloor } from '../../bench/comparison.ts';
import type { Series } from '../../bench/series.ts';
import { type Random, randomFrom } from '../../bench/statistics/distributions.ts';
import type { MicrobenchRunner } from '../../engine/microbench-choice.ts';
import { runSteps, type Step, type StepRunner } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { UsageError } from '../../util/errors.ts';
import { at } from '../../util/indexed.ts';
import {
  compared,
  explainStep,
  FALSE_DISCOVERY_RATE,
  printComparisons,
  type VerdictArgs,
} from './compare.ts';
import { explainSlower } from './explain.ts';
import { blocksOf, resultFiles } from './measure.ts';
import { measureLines } from './measure-lines.ts';
import { throwFailures, withMeasurements } from './measurement.ts';
import { parseShare, readSpec, runnerFor } from './request.ts';

interface InterleavedArgs {
  readonly seed: number;
  readonly threshold: string;
  readonly spec: string;
  readonly out: string;
  readonly repeats: number;
  readonly warmup: number;
  readonly timeout: number | undefined;
  readonly resume: boolean;
}

export interface AbArgs extends InterleavedArgs, Omit<VerdictArgs, 'noise'> {
  readonly a: string | undefined;
  readonly b: string | undefined;
}

export interface AaArgs extends InterleavedArgs {
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
  const explain = explainStep([]);
  const last = args.explain ? [explain] : [];
  const made = await interleave(args, { a, b, flags: ['--a', '--b'] }, last, context, async (sides, step) => {
    const [first, second] = sides;
    const settings = { seed: args.seed, noise: undefined };
    const comparisons = compared(first, second, settings, threshold, { isPaired: true });
    const names = [first.displayName, second.displayName] as const;
    const runners = { base: first.runner, changed: second.runner, names };
    const graphs = args.explain
      ? await step(explain, async (io) => await explainSlower(comparisons, async () => runners, context, io))
      : new Map();
    return { comparisons, files: { base: names[0], changed: names[1], threshold, graphs } };
  });
  if (made !== undefined) printComparisons(made.comparisons, made.files, args, context);
}

/** `tasks bench.aa`: one against itself; how much equal things differ on this machine, and how often that looks like a change. */
export async function runAa(args: AaArgs, context: TaskContext): Promise<void> {
  const threshold = parseShare(args.threshold, '--threshold');
  const { engine, seed } = args;
  const sides = { a: engine, b: engine, flags: ['--engine', '--engine'] } as const;
  const { output } = context;
  const made = await interleave(args, sides, [], context, async ([first, second]) => ({
    outputs: [first.path, second.path],
    floor: noiseFloor(first.series, second.series, {
      threshold,
      falseDiscoveryRate: FALSE_DISCOVERY_RATE,
      seed,
      isPaired: true,
    }),
  }));
  if (made === undefined) return;
  const { floor, outputs } = made;
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
    { noiseFloor: floor, outputs },
  );
}

interface Sides {
  readonly a: string;
  readonly b: string;
  readonly flags: readonly [string, string];
}

/** One side with its results file. */
interface Side {
  readonly displayName: string;
  readonly path: string;
  readonly runner: MicrobenchRunner;
  readonly series: readonly Series[];
}

/** Measures both sides in turns, then runs `last` with them; undefined for a dry run. */
async function interleave<T>(
  args: InterleavedArgs,
  { a, b, flags }: Sides,
  last: readonly Step[],
  context: TaskContext,
  finish: (sides: readonly [Side, Side], step: StepRunner) => Promise<T>,
): Promise<T | undefined> {
  const { repeats, resume } = args;
  const spec = await readSpec(args.spec, context);
  const runners = [
    await runnerFor(a, flags[0], spec, context),
    await runnerFor(b, flags[1], spec, context),
  ] as const;
  const turns = turnsOf(spec.lines.length, repeats, randomFrom(args.seed));
  const outs = outsOf(args.out);
  const steps = turns.map((blocks, index): Step => {
    const title = `Repeat ${index + 1} of ${repeats}, both sides in turns`;
    const why = 'processes of A and B alternate, so that drift and heat hit both';
    const inTurns = blocks.map(({ line, side }) => ({ line, runner: runners[side] }));
    const outputs = outs.flatMap((out) => resultFiles(out, context));
    return { title, why, inputs: [spec.path], outputs, ...blocksOf(inTurns, spec, args.warmup) };
  });
  const settings = {
    repeats,
    warmup: args.warmup,
    targetError: null,
    timeoutSeconds: args.timeout ?? null,
    seed: args.seed,
  };
  const requests = runners.map((runner, side) => ({ spec, runner, out: at(outs, side), settings }));
  const goOn = 'the same line with --resume';

  return await runSteps([...steps, ...last], context, async (step) => {
    const measurements = await withMeasurements(requests, { resume, goOn }, context, async (opened) => {
      for (const [index, blocks] of turns.entries())
        await step(at(steps, index), async (io) => {
          for (const { line, side } of blocks) await measureLines(at(opened, side), [line], index + 1, io);
        });
      return opened;
    });
    throwFailures(measurements);
    const side = async (index: 0 | 1): Promise<Side> => {
      const { displayName, path, runner } = at(measurements, index);
      return { displayName, path, runner, series: await at(measurements, index).series() };
    };
    return await finish([await side(0), await side(1)], step);
  });
}

function outsOf(out: string): [string, string] {
  const stem = out.replace(/\.csv$/, '');
  return [`${stem}.a.csv`, `${stem}.b.csv`];
}

/** The blocks of each repeat: A and B next to each other; of two repeats the second goes the other way round, and chance decides which way is first. */
function turnsOf(
  lines: number,
  repeats: number,
  random: Random,
): { readonly line: number; readonly side: 0 | 1 }[][] {
  const flips = new Array<boolean>(lines).fill(false);
  return Array.from({ length: repeats }, (_, index) =>
    flips.flatMap((wasFlipped, line) => {
      const isFlipped = index % 2 === 0 ? random.uniform() < 0.5 : !wasFlipped;
      flips[line] = isFlipped;
      const first = { line, side: 0 } as const;
      const second = { line, side: 1 } as const;
      return isFlipped ? [second, first] : [first, second];
    }),
  );
}
