import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { sessionPath } from '../../bench/session.ts';
import { runnerSpec } from '../../bench/spec.ts';
import { randomFrom } from '../../bench/statistics/distributions.ts';
import { type Summary, summarise } from '../../bench/statistics/summary.ts';
import { formatSummaries } from '../../bench/summary-text.ts';
import type { EngineChoice } from '../../engine/choices.ts';
import type { MicrobenchRunner } from '../../engine/microbench-choice.ts';
import type { Command } from '../../process/child.ts';
import { runSteps, type Step } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { at } from '../../util/indexed.ts';
import { runFolderAt } from '../../util/run-folder.ts';
import { blockCommand } from './block-run.ts';
import { addToHistory, defaultHistory, historyStep } from './history-file.ts';
import { measureLines, runToTarget } from './measure-lines.ts';
import { type Measurement, throwFailures, withMeasurements } from './measurement.ts';
import { type BenchSpec, parseShare, readSpec, runnerFor } from './request.ts';

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

/** `tasks bench SPEC OUT`: checks the spec, measures every line of it into OUT, and sums up. */
export async function runBench(args: BenchArgs, context: TaskContext): Promise<void> {
  const { repeats, seed, resume } = args;
  const spec = await readSpec(args.spec, context);
  const target = args.targetError === undefined ? undefined : parseShare(args.targetError, '--target-error');
  const runner = await runnerFor(args.engine, '--engine', spec, context);
  const history = args.history === true ? defaultHistory : args.history;

  const repeat = repeatSteps(spec, runner, args, context);
  const more = targetStep(spec, runner, args, context);
  const remember = historyStep(history ?? defaultHistory, args.out);
  const steps = [
    ...repeat.flat(),
    ...(target === undefined ? [] : [more]),
    ...(history === undefined ? [] : [remember]),
  ];
  const settings = {
    repeats,
    warmup: args.warmup,
    targetError: target ?? null,
    timeoutSeconds: args.timeout ?? null,
    seed,
  };
  const request = { spec, runner, out: args.out, settings };
  const goOn = `tasks bench ${args.spec} ${args.out} --resume`;

  const done = await runSteps(steps, context, async (step) => {
    const measurement = await withMeasurements([request], { resume, goOn }, context, async (opened) => {
      const one = at(opened, 0);
      const orders = repeatOrders(spec.lines.length, repeats, one.session.settings.seed);
      for (const [index, order] of orders.entries())
        for (const [part, lines] of partsOf(order, repeats).entries())
          await step(
            at(at(repeat, index), part),
            async (io) => await measureLines(one, lines, index + 1, io),
          );
      if (target !== undefined)
        await step(
          more,
          async (io) => await runToTarget(one, { target, maxSeconds: args.maxTime, seed }, io),
        );
      return one;
    });
    const summaries = (await measurement.series()).map((one) => summarise(one, { seed }));
    if (history !== undefined && measurement.failures.length === 0)
      await step(remember, async () => await addToHistory(history, measurement.session, summaries, context));
    return { measurement, summaries };
  });
  if (done !== undefined) report(done.measurement, done.summaries, context);
}

/** What was measured, as a table. @throws TaskError for what failed, after that */
function report(measurement: Measurement, summaries: readonly Summary[], { output }: TaskContext): void {
  const { displayName, path, failures, session } = measurement;
  const runs = summaries.reduce((sum, { run }) => sum + (run?.runs ?? 0), 0);
  const table = formatSummaries(summaries, { paint: output.paint, columns: output.columns });
  const headline = `${output.paint('bold', displayName)}: ${runs} runs with ${session.engine.label}`;
  output.result(`${output.isQuiet ? '' : '\n'}${headline}\n\n${table}`, {
    output: path,
    session: sessionPath(path),
    engine: session.engine.name,
    functions: summaries,
    failures: failures.map(({ message }) => message),
  });
  throwFailures([measurement]);
}

/** The lines of each repeat: first in the order of the spec, then shuffled by the seed. */
function repeatOrders(lines: number, repeats: number, seed: number): number[][] {
  const random = randomFrom(seed);
  const indexes = Array.from({ length: lines }, (_, line) => line);
  return Array.from({ length: repeats }, (_, index) =>
    index === 0 ? indexes : shuffled(indexes, () => random.uniform()),
  );
}

/** What stands as one step: a line when each is measured once, else a repeat. */
function partsOf(order: readonly number[], repeats: number): readonly (readonly number[])[] {
  return repeats === 1 ? order.map((line) => [line]) : [order];
}

function repeatSteps(
  spec: BenchSpec,
  runner: MicrobenchRunner,
  { repeats, seed, warmup, out }: BenchArgs,
  context: TaskContext,
): Step[][] {
  return repeatOrders(spec.lines.length, repeats, seed).map((order, index) =>
    partsOf(order, repeats).map((lines): Step => {
      const { user, func, runs } = at(spec.lines, at(lines, 0));
      return {
        title:
          repeats === 1
            ? `Run ${user}/${func} ${runs} times (${runner.engine})`
            : `Repeat ${index + 1} of ${repeats} (${runner.engine})`,
        why: 'each line has a process of its own in each repeat',
        ...blocksOf(
          lines.map((line) => ({ line, runner })),
          spec,
          warmup,
        ),
        inputs: [spec.path],
        outputs: resultFiles(out, context),
      };
    }),
  );
}

function targetStep(
  spec: BenchSpec,
  runner: MicrobenchRunner,
  { targetError, maxTime, warmup, out }: BenchArgs,
  context: TaskContext,
): Step {
  const blocks = spec.lines.map((_, line) => ({ line, runner }));
  return {
    title: `More runs until each median is known to ${targetError}`,
    why: `processes are added, for at most ${maxTime} s, until half of each median's 95 % interval is within it`,
    ...blocksOf(blocks, spec, warmup),
    inputs: [spec.path],
    outputs: resultFiles(out, context),
  };
}

/** The files that a measurement writes. */
export function resultFiles(out: string, { cwd }: Pick<TaskContext, 'cwd'>): string[] {
  const path = resolve(cwd, out);
  return [path, sessionPath(path)];
}

/** The children of blocks, each with the spec that it is given. */
export function blocksOf(
  blocks: readonly { readonly line: number; readonly runner: MicrobenchRunner }[],
  { lines, variables }: BenchSpec,
  warmup: number,
): { readonly notes: string[]; readonly commands: Command[] } {
  const folder = runFolderAt(join(tmpdir(), 'faasm-tasks-XXXXXX'));
  return {
    notes: blocks.map(({ line, runner }) => {
      const one = at(lines, line);
      const text = runnerSpec([{ ...one, runs: one.runs + warmup }], runner.engine).trimEnd();
      return `${folder.file('spec.csv')}: ${text}`;
    }),
    commands: blocks.map(({ runner }) => blockCommand({ runner, folder, variables })),
  };
}

function shuffled(items: readonly number[], uniform: () => number): number[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(uniform() * (last + 1));
    [order[last], order[other]] = [at(order, other), at(order, last)];
  }
  return order;
}
