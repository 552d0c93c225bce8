import { assertToolChoices, toolTargets } from '../../build/cmake-variables.ts';
import { runSharedSteps } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { CompileJob } from './compile-job.ts';
import { type ConfigureArgs, ConfigureJob, plainConfigure } from './configure-job.ts';

/** `dev.cmake`. */
export async function configure(args: ConfigureArgs, context: TaskContext): Promise<void> {
  const job = await ConfigureJob.prepare(args, context);
  if (context.dry) return await job.printPlan();
  const release = await job.claim();
  try {
    job.announce();
    await runSharedSteps(job.steps(), context);
    const { text, data } = job.result();
    context.output.result(text, data);
  } finally {
    await release();
  }
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
  const isWanted = args.clean || (args.configure && (await CompileJob.isUnconfigured(context)));
  const configureArgs = isWanted ? { ...plainConfigure, clean: args.clean } : undefined;
  await build(configureArgs, targets, args.parallel, context);
}

interface ToolsArgs extends Omit<ConfigureArgs, 'perf' | 'prof' | 'cpu'> {
  readonly parallel: number;
}

/** `dev.tools`. */
export async function buildTools({ parallel, ...args }: ToolsArgs, context: TaskContext): Promise<void> {
  assertToolChoices(args);
  await build({ ...plainConfigure, ...args }, toolTargets, parallel, context);
}

async function build(
  configureArgs: ConfigureArgs | undefined,
  targets: readonly string[],
  parallel: number,
  context: TaskContext,
): Promise<void> {
  const before = configureArgs === undefined ? undefined : await ConfigureJob.prepare(configureArgs, context);
  const job = await CompileJob.prepare(
    { targets, parallel, isConfiguredBefore: before !== undefined },
    context,
  );
  if (context.dry) {
    await before?.printPlan();
    return job.printPlan();
  }
  const release = await job.claim();
  try {
    before?.announce();
    await runSharedSteps([...(before?.steps() ?? []), ...job.steps()], context);
    const { text, data } = await job.result();
    context.output.result(text, data);
  } finally {
    await release();
  }
}
