import { rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { inspectBuildDirectory } from '../../build/build-directory.ts';
import { findBareCheckout, readCheckoutFacts } from '../../build/checkout-facts.ts';
import { findOnPath } from '../../faasm/binaries.ts';
import type { Command } from '../../process/child.ts';
import { runSteps, type Step } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { assertWritable, writeFileAtomic } from '../../util/atomic-write.ts';
import { TaskError } from '../../util/errors.ts';
import { claimOutput } from '../../util/file-lock.ts';
import { buildSettings } from './build-place.ts';

interface CoverageArgs {
  readonly fileIn: string;
  readonly fileOut: string;
}

/** The merged profile, between the two programs; removed at the end. */
const MERGED = 'tmp_gha.profdata';
/** Where Faasm's containers have the checkout. */
const CONTAINER_CHECKOUT = '/usr/local/code/faasm';

/** `dev.coverage-report`: the raw profile of a coverage build's `tests` as annotated sources. */
export async function reportCoverage({ fileIn, fileOut }: CoverageArgs, context: TaskContext): Promise<void> {
  const settings = await buildSettings(context);
  const tests = join(settings.value('buildDir'), 'bin', 'tests');
  const checkout = settings.value('checkout') ?? (await findBareCheckout(context.cwd));
  const suffix = await toolSuffix(settings.value('buildDir'), checkout, context);
  const ignored = [...new Set([CONTAINER_CHECKOUT, ...(checkout === undefined ? [] : [checkout])])];
  const [merged, target] = [resolve(context.cwd, MERGED), resolve(context.cwd, fileOut)];
  const profile = resolve(context.cwd, fileIn);
  // What a line would run is of use before there is a profile: a dry run only remarks on that.
  const missing = await missingInput(profile, fileIn, tests);
  if (missing !== undefined && !context.dry) throw missing;
  const merge: Step = {
    title: `Merge ${fileIn}`,
    why: 'llvm-cov reads merged profiles only',
    inputs: missing === undefined ? [profile] : [],
    outputs: [merged],
    notes: missing === undefined ? [] : [missing.message],
    commands: [
      { argv: [`llvm-profdata${suffix}`, 'merge', '-sparse', fileIn, '-o', MERGED], cwd: context.cwd },
    ],
  };
  const excluded = ignored.map((folder) => `--ignore-filename-regex=${folder}/tests/*`);
  const command: Command = {
    argv: [`llvm-cov${suffix}`, 'show', ...excluded, tests, `-instr-profile=${MERGED}`],
    cwd: context.cwd,
  };
  const write: Step = {
    title: `Write ${fileOut}`,
    why: 'asked for',
    inputs: [merged],
    outputs: [target],
    commands: [command],
    notes: [`what this prints goes to ${fileOut}`],
  };
  if (!context.dry) await assertWritable(target, fileOut);
  const release = context.dry ? undefined : await claimOutput(merged, 'elsewhere, in another folder');
  try {
    const isWritten = await runSteps([merge, write], context, async (step) => {
      await step(merge);
      await step(write, async (io) => {
        await io.run(command, {
          stdout: async (bytes) => await writeFileAtomic(target, bytes, io.signal, fileOut),
        });
      });
      return true;
    });
    if (isWritten === true) context.output.result(`Coverage written to ${fileOut}`, { output: target });
  } finally {
    if (!context.dry) await rm(merged, { force: true });
    await release?.();
  }
}

/** The tools of the compiler that made the binary: its profiles have its format. */
async function toolSuffix(
  buildDir: string,
  checkout: string | undefined,
  context: TaskContext,
): Promise<string> {
  const directory = await inspectBuildDirectory(buildDir);
  const compiler = directory.kind === 'configured' ? directory.cache.get('CMAKE_CXX_COMPILER') : undefined;
  const built = /clang\+\+-(\d+)$/.exec(compiler ?? '')?.[1];
  const wanted = checkout === undefined ? '' : String((await readCheckoutFacts(checkout)).llvmMajor);
  const suffix = `-${built ?? wanted}`;
  const isPlainOnly =
    (await findOnPath(`llvm-profdata${suffix}`, context.env)) === undefined &&
    (await findOnPath('llvm-profdata', context.env)) !== undefined;
  return suffix === '-' || (isPlainOnly && !context.dry) ? '' : suffix;
}

async function missingInput(
  profile: string,
  displayName: string,
  tests: string,
): Promise<TaskError | undefined> {
  if ((await stat(profile).catch(() => undefined)) === undefined) {
    return new TaskError(`There is no profile ${displayName}`, {
      hints: [`Make one: LLVM_PROFILE_FILE=${displayName} ${tests}`],
    });
  }
  if ((await stat(tests).catch(() => undefined)) === undefined) {
    return new TaskError(`There is no ${tests} to report on`, {
      hints: ['Build it: tasks dev.cmake --coverage dev.cc tests'],
    });
  }
  return undefined;
}
