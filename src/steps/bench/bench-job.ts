import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runnerSpec } from '../../bench/spec.ts';
import { randomFrom } from '../../bench/statistics/distributions.ts';
import type { EngineChoice } from '../../engine/choices.ts';
import { printPlan, runSharedSteps, type SharedStep } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { runFolderAt } from '../../util/run-folder.ts';
import { reportSeries } from './bench-report.ts';
import { parseShare, readSpec, runnerFor } from './bench-request.ts';
import { blockCommand } from './block-run.ts';
import { noisyConditions } from './machine-facts.ts';
import { measureLines } from './measure-lines.ts';
import { Measurement } from './measurement.ts';
import { runToTarget } from './target-error.ts';

export interface BenchArgs {
  readonly spec: string;
  readonly out: string;
  readonly engine: EngineChoice;
  readonly repeats: number;
  readonly warmup: number;
  readonly targetError: string | undefined;
  readonly maxTime: number;
  readonly resume: boolean;
  readonly timeout: number | undefined;
  readonly seed: number;
  /** True: the default file. */
  readonly history: string | true | undefined;
}

/** `tasks bench`: checks the spec, measures every line into OUT, and sums up. */
export async function runBench(args: BenchArgs, context: TaskContext): Promise<void> {
  const spec = await readSpec(args.spec, context);
  const target = args.targetError === undefined ? undefined : parseShare(args.targetError, '--target-error');
  const runner = await runnerFor(args.engine, '--engine', spec, context);
  if (context.dry) {
    const folder = runFolderAt(join(tmpdir(), 'faasm-tasks-XXXXXX'));
    const command = blockCommand({ runner, folder, variables: spec.variables });
    const lines = spec.lines.map((line) => ({ ...line, runs: line.runs + args.warmup }));
    const out = resolve(context.cwd, args.out);
    const repeated = (repeat: number) =>
      lines.flatMap((line) => [
        { note: `${folder.file('spec.csv')}: ${runnerSpec([line], runner.engine).trimEnd()}` },
        {
          ...command,
          plan: {
            title: `Measure ${line.user}/${line.func}, repeat ${repeat + 1} of ${args.repeats}`,
            why: 'each line has a process of its own in each repeat',
            inputs: [folder.file('spec.csv')],
            outputs: [out],
          },
        },
      ]);
    printPlan(Array.from({ length: args.repeats }, (_, repeat) => repeated(repeat)).flat(), context);
    return;
  }
  const settings = {
    repeats: args.repeats,
    warmup: args.warmup,
    targetError: target ?? null,
    timeoutSeconds: args.timeout ?? null,
    seed: args.seed,
  };
  const request = { spec, runner, out: args.out, settings };
  const measurement = await Measurement.open(request, context, { resume: args.resume });
  let isWhole = false;
  try {
    warnOfNoise(measurement, context);
    const steps = measuringSteps(measurement, args.repeats);
    if (target !== undefined)
      steps.push({
        title: `More runs until each median is known to ${args.targetError}`,
        run: async (io) =>
          await runToTarget(measurement, { target, maxSeconds: args.maxTime, seed: args.seed }, io),
      });
    await runSharedSteps(steps, context);
    isWhole = measurement.failures.length === 0;
  } catch (error) {
    sayWhatIsKept([measurement], `tasks bench ${args.spec} ${args.out} --resume`, context);
    throw error;
  } finally {
    await measurement.close({ isWhole });
  }
  await reportSeries(measurement, args, context);
}

/** After a run that was broken off: how much there is, and the line that goes on. */
export function sayWhatIsKept(
  measurements: readonly Measurement[],
  goOn: string,
  { output }: TaskContext,
): void {
  const kept = measurements.filter(({ rows }) => rows > 0);
  if (kept.length === 0) return;
  const runs = kept.map(({ rows, displayName }) => `${rows} runs in ${displayName}`).join(', ');
  output.emit({
    event: 'warning',
    message: `What was measured until now is kept: ${runs}`,
    hints: [`Go on where it stopped: ${goOn}`],
  });
}

/** Says what of this machine makes the times to come noisy. */
export function warnOfNoise({ session }: Measurement, { output }: TaskContext): void {
  for (const { message, hint } of noisyConditions(session.machine))
    output.emit({ event: 'warning', message, hints: [hint] });
}

/** One step a line when each is measured once, else one a repeat: first in the order of the spec, then shuffled by the seed. */
function measuringSteps(measurement: Measurement, repeats: number): SharedStep[] {
  const { spec, runner } = measurement;
  if (repeats === 1)
    return spec.lines.map(({ user, func, runs }, line) => ({
      title: `Run ${user}/${func} ${runs} times (${runner.engine})`,
      run: async (io) => await measureLines(measurement, [line], 1, io),
    }));
  const random = randomFrom(measurement.session.settings.seed);
  const indexes = spec.lines.map((_line, index) => index);
  return Array.from({ length: repeats }, (_, index) => {
    const order = index === 0 ? indexes : shuffled(indexes, () => random.uniform());
    return {
      title: `Repeat ${index + 1} of ${repeats} (${runner.engine})`,
      run: async (io) => await measureLines(measurement, order, index + 1, io),
    };
  });
}

function shuffled(items: readonly number[], uniform: () => number): number[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(uniform() * (last + 1));
    const [a = 0, b = 0] = [order[last], order[other]];
    order[last] = b;
    order[other] = a;
  }
  return order;
}
