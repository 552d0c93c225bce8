import { join } from 'node:path';
import { findExecutable } from '../../faasm/binaries.ts';
import type { Command } from '../../process/child.ts';
import { printPlan } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { MachineError } from '../../util/errors.ts';
import { programPlace } from './faasm-program.ts';
import { generationOf } from './generation.ts';
import { runPassThrough } from './shown-run.ts';
import { testEnvironment } from './test-environment.ts';
import { selectTests, type TestSelectors } from './test-selection.ts';

interface TestArgs extends TestSelectors {
  readonly abort: boolean;
  readonly debug: boolean;
  readonly trace: boolean;
  readonly random: boolean;
  readonly repeats: number;
}

/** `tests`: Faasm's unit tests in the checkout, as often as asked; the first failing run ends it with its exit code. */
export async function runTests(args: TestArgs, context: TaskContext): Promise<void> {
  const { output } = context;
  const command = await testCommand(args, context);
  if (context.dry)
    return printPlan(
      Array.from({ length: args.repeats }, () => command),
      context,
    );
  await assertThere(command.argv[0]);
  const printedByRound: string[] = [];
  for (let round = 1; round <= args.repeats; round++) {
    const title = args.repeats === 1 ? 'the tests' : `the tests, ${round} of ${args.repeats}`;
    const { printed } = await runPassThrough(command, { title }, context);
    printedByRound.push(printed);
  }
  if (output.json) output.result('', { argv: command.argv, printed: printedByRound });
}

async function testCommand(args: TestArgs, context: TaskContext): Promise<Command> {
  const { output, cwd } = context;
  const { env, variables, buildDir, checkout } = await programPlace(context);
  const root = checkout ?? cwd;
  const path = join(buildDir, 'bin', 'tests');
  const { words, warnings } = await selectTests(args, { root, cwd });
  for (const message of warnings) output.emit({ event: 'warning', message, hints: [] });
  const { vmVariable } = await generationOf(path, checkout);
  const logLevel = args.trace ? 'trace' : args.debug ? 'debug' : 'info';
  return {
    argv: [
      path,
      ...['--use-colour', 'yes'],
      ...(args.random ? ['--order', 'rand'] : []),
      ...(args.abort ? ['--abort'] : []),
      ...words,
    ],
    cwd: root,
    env: {
      ...variables,
      ...testEnvironment({ checkout, isOlder: vmVariable === 'WASM_VM', logLevel, env }),
    },
  };
}

async function assertThere(path: string): Promise<void> {
  if ((await findExecutable(path)) !== undefined) return;
  throw new MachineError(`There is no ${path} to run`, {
    hints: ['Build it: tasks dev.cc tests', 'Another build directory: FAASM_BUILD_DIR=DIR tasks tests'],
  });
}
