import { rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { inspectBuildDirectory } from '../../build/build-directory.ts';
import { findBareCheckout, readCheckoutFacts } from '../../build/checkout-facts.ts';
import { findOnPath } from '../../faasm/binaries.ts';
import type { Command } from '../../process/child.ts';
import { printPlan, runSharedSteps } from '../../process/steps.ts';
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
  const merge: Command = {
    argv: [`llvm-profdata${suffix}`, 'merge', '-sparse', fileIn, '-o', MERGED],
    cwd: context.cwd,
  };
  const show: Command = {
    argv: [
      `llvm-cov${suffix}`,
      'show',
      ...ignored.map((folder) => `--ignore-filename-regex=${folder}/tests/*`),
      tests,
      `-instr-profile=${MERGED}`,
    ],
    cwd: context.cwd,
  };
  if (context.dry) {
    const [merged, to] = [resolve(context.cwd, MERGED), resolve(context.cwd, fileOut)];
    const merging = {
      title: `Merge ${fileIn}`,
      why: 'llvm-cov reads merged profiles only',
      inputs: [resolve(context.cwd, fileIn)],
      outputs: [merged],
    };
    const showing = { title: 'Report', why: 'asked for', inputs: [merged, tests], outputs: [to] };
    return printPlan(
      [{ ...merge, plan: merging }, { ...show, plan: showing }, { note: `would write ${fileOut}` }],
      context,
    );
  }
  const target = resolve(context.cwd, fileOut);
  await assertWritable(target, fileOut);
  await assertInputs(resolve(context.cwd, fileIn), fileIn, tests);
  const release = await claimOutput(resolve(context.cwd, MERGED), 'elsewhere, in another folder');
  try {
    await runSharedSteps(
      [
        { title: `Merge ${fileIn}`, run: async (io) => void (await io.run(merge)) },
        {
          title: `Write ${fileOut}`,
          run: async (io) =>
            void (await io.run(show, {
              stdout: async (bytes) => await writeFileAtomic(target, bytes, io.signal, fileOut),
            })),
        },
      ],
      context,
    );
    context.output.result(`Coverage written to ${fileOut}`, { output: target });
  } finally {
    await rm(resolve(context.cwd, MERGED), { force: true });
    await release();
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

async function assertInputs(path: string, displayName: string, tests: string): Promise<void> {
  if ((await stat(path).catch(() => undefined)) === undefined) {
    throw new TaskError(`There is no profile ${displayName}`, {
      hints: [`Make one: LLVM_PROFILE_FILE=${displayName} ${tests}`],
    });
  }
  if ((await stat(tests).catch(() => undefined)) === undefined) {
    throw new TaskError(`There is no ${tests} to report on`, {
      hints: ['Build it: tasks dev.cmake --coverage dev.cc tests'],
    });
  }
}
