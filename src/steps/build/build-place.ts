import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type CheckoutFacts, findBareCheckout, readCheckoutFacts } from '../../build/checkout-facts.ts';
import { OWN_FOLDER } from '../../build/cmake-arguments.ts';
import { findOnPath } from '../../faasm/binaries.ts';
import { loadSettings, type Settings } from '../../faasm/settings.ts';
import type { TaskContext } from '../../runner/context.ts';
import { MachineError, TaskError } from '../../util/errors.ts';

/** The compilers that a configure will use, and how that came about, in one line. */
export interface Compilers {
  readonly paths: { readonly c: string; readonly cxx: string } | undefined;
  readonly said: string;
}

/** The settings of this run. */
export async function buildSettings(context: TaskContext): Promise<Settings> {
  return await loadSettings({ env: context.env, cwd: context.cwd });
}

/**
 * The checkout that is configured: what the settings name, else the one around the current folder.
 *
 * @throws TaskError when there is none, or what is named is none.
 */
export async function findSources(settings: Settings, context: TaskContext): Promise<CheckoutFacts> {
  const named = settings.value('checkout');
  const path = named ?? (await findBareCheckout(context.cwd));
  if (path === undefined) {
    throw new TaskError(`There is no Faasm checkout at ${context.cwd} or above it`, {
      hints: [
        'Go into one, or name it: FAASM_ROOT=/path/to/faasm tasks dev.cmake',
        'Get one: git clone --recurse-submodules https://github.com/faasm/faasm',
      ],
    });
  }
  const facts = await readCheckoutFacts(path);
  if (!facts.hasCmakeLists && !context.dry) {
    const { where } = settings.origin('checkout');
    throw new TaskError(`${path} is not a Faasm checkout: it has no CMakeLists.txt`, {
      hints: [
        ...(named === undefined ? [] : [`It is named by ${where}.`]),
        'Name another one: FAASM_ROOT=/path/to/faasm tasks dev.cmake',
      ],
    });
  }
  return facts;
}

/** Warns about what a checkout lacks; a build may work all the same. */
export function warnAboutCheckout(facts: CheckoutFacts, context: TaskContext): void {
  const { missingSubmodules: missing, path } = facts;
  const warn = (message: string, hints: readonly string[]): void =>
    context.output.emit({ event: 'warning', message, hints });
  if (missing.length > 0) {
    const are = missing.length === 1 ? 'Submodule is' : 'Submodules are';
    warn(`${are} missing: ${missing.join(', ')}`, [`git -C ${path} submodule update --init --recursive`]);
  }
  if (facts.version === undefined)
    warn(`The version of ${path} is not known: it has no VERSION file`, [
      `It is built as the newest Faasm is, with LLVM ${facts.llvmMajor}.`,
    ]);
}

/** Faasm's own compilers where `folder` has them, else what the environment names, else CMake's choice. */
export async function chooseCompilers(
  folder: string,
  llvmMajor: number,
  context: TaskContext,
): Promise<Compilers> {
  const paths = { c: join(folder, `clang-${llvmMajor}`), cxx: join(folder, `clang++-${llvmMajor}`) };
  const missing: string[] = [];
  for (const path of Object.values(paths))
    if ((await stat(path).catch(() => undefined)) === undefined) missing.push(path);
  if (missing.length === 0) return { paths, said: `Compilers: ${paths.c} and ${paths.cxx}` };
  const { CC, CXX } = context.env;
  const given = [CC === undefined ? '' : `CC=${CC}`, CXX === undefined ? '' : `CXX=${CXX}`].filter(
    (part) => part !== '',
  );
  const why = `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not installed`;
  return {
    paths: undefined,
    said:
      given.length > 0
        ? `Compilers: ${given.join(' and ')} from the environment (${why})`
        : `Compilers: CMake's own choice (${why}; CC and CXX are not set)`,
  };
}

/** @throws MachineError for a machine that cannot configure: no CMake, no build program, no compiler. */
export async function assertPrograms(
  generator: string,
  compilers: Compilers,
  context: TaskContext,
): Promise<void> {
  const need = async (program: string, apt: string, more: readonly string[] = []): Promise<void> => {
    if ((await findOnPath(program, context.env)) !== undefined) return;
    throw new MachineError(`Could not configure: ${program} is not installed`, {
      hints: [`Install it: sudo apt-get install ${apt}`, ...more],
    });
  };
  await need('cmake', 'cmake');
  if (generator === 'Ninja')
    await need('ninja', 'ninja-build', ['Or use Make: --generator="Unix Makefiles"']);
  else await need('make', 'make', ['Or use Ninja: --generator=Ninja']);
  if (compilers.paths === undefined) await assertCompiler(context);
}

async function assertCompiler(context: TaskContext): Promise<void> {
  const { env } = context;
  for (const name of ['CC', 'CXX']) {
    // CMake takes `ccache g++` as a program with an argument.
    const program = env[name]?.trim().split(/\s+/)[0];
    if (program === undefined || program === '') continue;
    const isThere = program.includes('/')
      ? await stat(program).then(
          (found) => found.isFile(),
          () => false,
        )
      : (await findOnPath(program, env)) !== undefined;
    if (!isThere) {
      throw new MachineError(
        `Could not configure: the compiler ${program}, named by ${name}, does not exist`,
        {
          hints: [`Unset ${name}, or name one that does.`],
        },
      );
    }
  }
  if ((env['CXX'] ?? '') !== '') return;
  for (const name of ['c++', 'g++', 'clang++']) if ((await findOnPath(name, env)) !== undefined) return;
  throw new MachineError('Could not configure: there is no C++ compiler', {
    hints: ['Install one: sudo apt-get install clang', 'Or name one: CC=… CXX=… tasks dev.cmake'],
  });
}

/** How many jobs to ask a generator for: Make, unlike Ninja, does one thing at a time unless it is told. */
export function parallelJobs(asked: number, generator: string | undefined): number {
  return asked <= 0 && generator === 'Unix Makefiles' ? availableParallelism() : asked;
}

/** Where our logs of a build directory are. */
export function logPath(buildDir: string, name: 'configure' | 'build'): string {
  return join(buildDir, OWN_FOLDER, `${name}.log`);
}
