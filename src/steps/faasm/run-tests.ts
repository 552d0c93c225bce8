import { delimiter, join } from 'node:path';
import { findExecutable } from '../../faasm/binaries.ts';
import type { Command } from '../../process/child.ts';
import { runSteps, type Step } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { MachineError } from '../../util/errors.ts';
import { generationOf, programPlace } from './faasm-program.ts';
import { runForData } from './run-for-data.ts';
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
  if (!context.dry) await assertThere(command.argv[0]);
  const steps = Array.from({ length: args.repeats }, (_, index): Step => {
    const round = args.repeats === 1 ? 'the tests' : `the tests, ${index + 1} of ${args.repeats}`;
    const why = args.repeats === 1 ? "Catch2's own report" : 'the first failure ends it';
    return { title: `Run ${round}`, why, outputs: ['-'], commands: [command], foreground: true };
  });
  await runSteps(steps, context, async (step) => {
    const printedByRound: string[] = [];
    for (const one of steps) {
      const title = one.title.slice('Run '.length);
      const { printed } = await step(one, async () => await runForData(command, { title }, context));
      printedByRound.push(printed);
    }
    if (output.json) output.result('', { argv: command.argv, printed: printedByRound });
  });
}

async function testCommand(args: TestArgs, context: TaskContext): Promise<Command> {
  const { output, cwd } = context;
  const { env, variables, buildDir, checkout } = await programPlace(context);
  const root = checkout ?? cwd;
  const path = join(buildDir, 'bin', 'tests');
  const { argv, warnings } = await selectTests(args, { root, cwd });
  for (const message of warnings) output.emit({ event: 'warning', message, hints: [] });
  const { vmVariable } = await generationOf(path, checkout);
  const logLevel = args.trace ? 'trace' : args.debug ? 'debug' : 'info';
  return {
    argv: [
      path,
      ...['--use-colour', 'yes'],
      ...(args.random ? ['--order', 'rand'] : []),
      ...(args.abort ? ['--abort'] : []),
      ...argv,
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

interface TestPlace {
  /** The checkout; undefined leaves out what only one has: lists of what sanitisers are to let pass. */
  readonly checkout: string | undefined;
  /** A Faasm of before December 2023. */
  readonly isOlder: boolean;
  readonly logLevel: 'info' | 'debug' | 'trace';
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The variables that Faasm's tests want, to be laid over the environment: where its services are (on CI under other names
 * and ports), how much is logged, and that sanitisers end the run at the first error.
 */
function testEnvironment({ checkout, isOlder, logLevel, env }: TestPlace): Record<string, string> {
  const isCi = env['HOST_TYPE'] === 'ci';
  const redis = (name: string): string => (isOlder && isCi ? 'redis' : name);
  const pass = (sanitiser: string): string[] =>
    checkout === undefined ? [] : [`suppressions=${join(checkout, `${sanitiser}-sanitizer-ignorelist.txt`)}`];
  const inherited = env['LD_LIBRARY_PATH'] ?? '';
  return {
    CGROUP_MODE: isCi ? 'off' : 'on',
    LD_LIBRARY_PATH: ['/build/faasm/third-party/lib', '/usr/local/lib', inherited]
      .filter(Boolean)
      .join(delimiter),
    LOG_LEVEL: logLevel,
    NETNS_MODE: 'off',
    PLANNER_HOST: 'localhost',
    PLANNER_PORT: isCi ? '8080' : '8081',
    REDIS_QUEUE_HOST: redis('redis-queue'),
    REDIS_STATE_HOST: redis('redis-state'),
    TERM: 'xterm-256color',
    [isOlder ? 'WASM_VM' : 'FAASM_WASM_VM']: 'wavm',
    ASAN_OPTIONS: 'halt_on_error=1:quarantine_size_mb=16',
    ...(checkout === undefined ? {} : { LSAN_OPTIONS: pass('leak').join(':') }),
    TSAN_OPTIONS: ['history_size=0', 'halt_on_error=1', ...pass('thread'), 'flush_memory_ms=5000'].join(' '),
    UBSAN_OPTIONS: ['print_stacktrace=1', 'halt_on_error=1', ...pass('ub')].join(':'),
    ...(isOlder
      ? {}
      : { AZ_ATTESTATION_PROVIDER_URL: 'https://faasmattprov.eus2.attest.azure.net', SGX_AESM_ADDR: '1' }),
    ...(isCi ? { OVERRIDE_CPU_COUNT: '10' } : {}),
  };
}
