import { claimBuildDirectory, inspectBuildDirectory } from '../../build/build-directory.ts';
import type { CheckoutFacts } from '../../build/checkout-facts.ts';
import { assertToolChoices, toolTargets } from '../../build/cmake-arguments.ts';
import { runSteps, type StepRunner } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { buildSettings, warnAboutCheckout } from './build-place.ts';
import {
  builtReport,
  type CompileJob,
  checkPrograms,
  compileSteps,
  compileTargets,
  planCompile,
} from './compile.ts';
import {
  type ConfigureArgs,
  type Configured,
  type ConfigureJob,
  checkCmake,
  checkPerf,
  configuredReport,
  configureSteps,
  emptyDirectory,
  plainConfigure,
  planConfigure,
  runCmake,
  writePerfFile,
} from './configure.ts';

/** `dev.cmake`. */
export async function configure(args: ConfigureArgs, context: TaskContext): Promise<void> {
  const job = await planConfigure(args, context);
  await inBuildDirectory(job, context, async () => {
    const steps = configureSteps(job);
    const configured = await runSteps(Object.values(steps), context, async (step) => {
      return await configureFlow(job, steps, step);
    });
    if (configured === undefined) return;
    const { text, data } = configuredReport(job, configured);
    context.output.result(text, data);
  });
}

/** Configuring, from an old build directory (or none) to one that is ready to build out. */
async function configureFlow(
  job: ConfigureJob,
  steps: ReturnType<typeof configureSteps>,
  step: StepRunner,
): Promise<Configured> {
  await step(steps.checkCmake, async (io) => await checkCmake(job, io));
  if (steps.empty !== undefined) await step(steps.empty, async (io) => await emptyDirectory(job, io));
  if (steps.perfFile !== undefined) await step(steps.perfFile, async () => await writePerfFile(job));
  const cache = await step(steps.configure, async (io) => await runCmake(job, io));
  if (steps.checkPerf === undefined) return { cache, perf: undefined };
  return { cache, perf: await step(steps.checkPerf, async (io) => await checkPerf(job, io)) };
}

interface CompileArgs {
  readonly target: string;
  readonly clean: boolean;
  readonly parallel: number;
  readonly configure: boolean;
}

/** `dev.cc`. */
export async function compile(args: CompileArgs, context: TaskContext): Promise<void> {
  const targets = args.target === 'all' ? [] : [args.target];
  const isWanted = args.clean || (args.configure && (await isUnconfigured(context)));
  const configureArgs = isWanted ? { ...plainConfigure, clean: args.clean } : undefined;
  await build(configureArgs, () => targets, args.parallel, context);
}

async function isUnconfigured(context: TaskContext): Promise<boolean> {
  const { kind } = await inspectBuildDirectory((await buildSettings(context)).value('buildDir'));
  return kind !== 'configured';
}

interface ToolsArgs extends Omit<ConfigureArgs, 'perf' | 'prof' | 'cpu'> {
  readonly parallel: number;
}

/** `dev.tools`. */
export async function buildTools({ parallel, ...args }: ToolsArgs, context: TaskContext): Promise<void> {
  assertToolChoices(args);
  const targets = (checkout: CheckoutFacts | undefined) =>
    toolTargets(checkout ?? { buildsMigratable: true });
  await build({ ...plainConfigure, ...args }, targets, parallel, context);
}

/** Builds targets, in a directory that is configured first where there are arguments for that. */
async function build(
  configureArgs: ConfigureArgs | undefined,
  targetsOf: (checkout: CheckoutFacts | undefined) => readonly string[],
  parallel: number,
  context: TaskContext,
): Promise<void> {
  const before = configureArgs === undefined ? undefined : await planConfigure(configureArgs, context);
  const targets = targetsOf(before?.checkout);
  const job = await planCompile({ targets, parallel }, before, context);
  await inBuildDirectory(before ?? job, context, async () => {
    const configuring = before === undefined ? undefined : configureSteps(before);
    const steps = compileSteps(job);
    const all = [...Object.values(configuring ?? {}), ...Object.values(steps)];
    const built = await runSteps(all, context, async (step) => {
      if (before !== undefined && configuring !== undefined) await configureFlow(before, configuring, step);
      const done = await step(steps.build, async (io) => await compileTargets(job, io));
      if (steps.checkPerf === undefined) return { ...done, perf: [] };
      return { ...done, perf: await step(steps.checkPerf, async (io) => await checkPrograms(job, io)) };
    });
    if (built === undefined) return;
    const { text, data } = await builtReport(job, built);
    context.output.result(text, data);
  });
}

/** Does work that no other process may disturb; a dry run disturbs nobody. Says first what a configure will work with. */
async function inBuildDirectory(
  job: ConfigureJob | CompileJob,
  context: TaskContext,
  work: () => Promise<void>,
): Promise<void> {
  const release = context.dry ? undefined : await claimBuildDirectory(job.buildDir);
  try {
    if ('checkout' in job) {
      context.output.emit({ event: 'note', text: job.compilers.said });
      warnAboutCheckout(job.checkout, context);
    }
    await work();
  } finally {
    await release?.();
  }
}
