import { resolve } from 'node:path';
import type { Comparison } from '../../bench/comparison.ts';
import { runnerSpec } from '../../bench/spec.ts';
import { chooseMicrobench, type MicrobenchRunner } from '../../engine/microbench-choice.ts';
import type { FunctionRunner } from '../../engine/runner-choice.ts';
import type { Environment } from '../../faasm/directories.ts';
import { findFunction } from '../../faasm/functions.ts';
import { settingsVariables } from '../../faasm/settings.ts';
import { differentialGraph, type NamedProfile } from '../../flamegraph/differential.ts';
import { namesOf } from '../../import/function-names.ts';
import { importProfile } from '../../import/import-profile.ts';
import { symbolCache } from '../../import/name-sources.ts';
import type { StepIo } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { TaskError } from '../../util/errors.ts';
import { makeRunFolder } from '../../util/run-folder.ts';
import { record } from '../flame/recording.ts';
import type { BenchFile } from './bench-file.ts';
import { programHash } from './measurement.ts';

/** Who measured the two sides, and what they are called. */
export interface ExplainedSides {
  readonly base: MicrobenchRunner;
  readonly changed: MicrobenchRunner;
  readonly names: readonly [base: string, changed: string];
}

/** Long enough for a few thousand samples. */
const RECORD_US = 3_000_000;
const FREQUENCY_HZ = 999;

/**
 * Records both sides of every function that really got slower and writes their differential flame graphs into the
 * current folder. What cannot be recorded is said and left out: the verdicts hold without it.
 *
 * @returns the graph of each explained comparison, as a person would write its path.
 */
export async function explainSlower(
  comparisons: readonly Comparison[],
  sidesOf: () => Promise<ExplainedSides>,
  context: TaskContext,
  io: StepIo,
): Promise<ReadonlyMap<Comparison, string>> {
  const graphs = new Map<Comparison, string>();
  const orWarn = async (prefix: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof TaskError) || context.signal.aborted) throw error;
      io.warn(`${prefix}${error.message}`, error.hints);
    }
  };
  const slower = comparisons.filter(({ verdict }) => verdict === 'slower');
  if (slower.length === 0) {
    io.retitle('Nothing got slower');
    return graphs;
  }
  await orWarn('', async () => {
    const sides = await sidesOf();
    for (const comparison of slower)
      await orWarn(`${comparison.user}/${comparison.func} was not explained: `, async () => {
        graphs.set(comparison, await explain(comparison, sides, context, io));
      });
    if (graphs.size > 0) io.retitle(`Wrote ${[...graphs.values()].join(', ')}`);
  });
  return graphs;
}

/**
 * The runners of two results files, as far as their sessions name them.
 *
 * @throws TaskError when one cannot be told, or is not the program any more that measured.
 */
export async function recordedSides(
  base: BenchFile,
  changed: BenchFile,
  context: TaskContext,
): Promise<ExplainedSides> {
  const hints = ['Measure and explain in one go: tasks bench.ab SPEC --a=… --b=… --explain'];
  const engines = [base, changed].map(({ session }) => session?.engine);
  const [first, second] = engines;
  if (first === undefined || second === undefined) {
    throw new TaskError(
      '--explain cannot tell what measured these files: the .json file beside one is missing',
      {
        hints,
      },
    );
  }
  if (first.sha256 === second.sha256) {
    throw new TaskError(
      `--explain would record one program twice: both files were measured by ${first.label}`,
      {
        hints: [
          'What changed is the function or the machine, and the old one is not there any more.',
          ...hints,
        ],
      },
    );
  }
  const runner = async (engine: typeof first, file: BenchFile): Promise<MicrobenchRunner> => {
    const { path, words } = engine;
    if ((await programHash([path, ...words.slice(1)], context.cwd)) !== engine.sha256) {
      throw new TaskError(
        `--explain needs the program that measured ${file.displayName}, and ${path} is another one now`,
        {
          hints,
        },
      );
    }
    const request = {
      engine: words[0] ?? path,
      command: words,
      functions: [],
      cwd: context.cwd,
      flag: '--explain',
    };
    return await chooseMicrobench(request, context.env);
  };
  return {
    base: await runner(first, base),
    changed: await runner(second, changed),
    names: [base.displayName, changed.displayName],
  };
}

async function explain(
  comparison: Comparison,
  { base, changed, names }: ExplainedSides,
  context: TaskContext,
  io: StepIo,
): Promise<string> {
  const { user, func } = comparison;
  const slowestUs = Math.max(comparison.base.medianUs, comparison.new.medianUs, 1);
  const runs = Math.min(Math.max(Math.ceil(RECORD_US / slowestUs), 10), 999_999_999);
  const variables = await settingsVariables(context.env, context.cwd);
  const work = { comparison, runs, variables, context, io };
  const before = { name: names[0], tree: await recorded(base, work) };
  const after = { name: names[1], tree: await recorded(changed, work) };
  const displayName = `${user}-${func}.explained.svg`;
  const picture = {
    title: `${user}/${func}: ${names[0]} against ${names[1]}`,
    width: undefined,
    minwidth: '0.1',
    reverse: false,
    inverted: false,
    engineFrames: 'folded' as const,
  };
  const chunks = differentialGraph(before, after, picture);
  await writeFileAtomic(resolve(context.cwd, displayName), chunks, context.signal, displayName);
  return displayName;
}

interface Work {
  readonly comparison: Comparison;
  readonly runs: number;
  readonly variables: Readonly<Record<string, string>>;
  readonly context: TaskContext;
  readonly io: StepIo;
}

async function recorded(
  runner: MicrobenchRunner,
  { comparison, runs, variables, context, io }: Work,
): Promise<NamedProfile['tree']> {
  const env: Environment = { ...context.env, ...variables };
  const { user, func, input = '' } = comparison;
  const files = await findFunction(user, func, env);
  const folder = await makeRunFolder({ keep: false });
  try {
    const [spec, out] = [folder.file('spec.csv'), folder.file('result.csv')];
    const program: FunctionRunner = {
      engine: runner.engine,
      label: runner.label,
      spec: runnerSpec([{ user, func, runs, input, line: 1 }], runner.engine),
      argv: (nodeFlags) => {
        const [file, ...args] = runner.argv(spec, out);
        return runner.engine === 'embedded' ? [file, ...nodeFlags, ...args] : [file, ...args];
      },
    };
    const plan = {
      sampler: 'auto',
      frequency: FREQUENCY_HZ,
      callGraph: 'fp',
      via: 'reader',
      cache: symbolCache(true, env),
      offCpu: undefined,
      env,
      program,
      folder,
      cwd: context.cwd,
      variables,
      limits: { durationMs: undefined, timeoutSeconds: undefined, onInterrupt: context.onInterrupt },
    } as const;
    await record(plan, io);
    const { tree } = await importProfile(
      folder.path,
      {
        displayName: 'the recording',
        modules: [await namesOf(files, io.signal)],
        runFolder: folder,
        via: plan.via,
        wasm: undefined,
        function: undefined,
        event: undefined,
        inline: false,
        cache: true,
      },
      { ...io, cwd: context.cwd, env, note: (text) => io.say(text) },
    );
    return tree;
  } finally {
    await folder.dispose();
  }
}
