import { sgxModes } from '../../../src/build/cmake-arguments.ts';
import { sanitisers } from '../../../src/faasm/setting-keys.ts';
import type { RecordedCase } from '../recorded-case.ts';
import { type Effects, nothing, type Ran, withFiles } from '../recorded-effects.ts';
import { type CommandRule, flagValue, hasTask, withCommands } from './rule.ts';

// dev.*: CMake with the same arguments in the same folder; more care around it.

function isBuild(given: RecordedCase): boolean {
  return hasTask(given, 'dev.cmake', 'dev.cc', 'dev.tools');
}

function isConfigure({ argv }: Ran): boolean {
  return argv[0] === 'cmake' && argv[1]?.startsWith('-G') === true;
}

function isClean({ argv }: Ran): boolean {
  return argv[0] === 'rm' && argv[1] === '-rf' && argv[2]?.endsWith('/*') === true;
}

const BUILD_TYPES = ['debug', 'release', 'relwithdebinfo', 'minsizerel'];

function isOther(value: string | undefined, known: readonly string[]): boolean {
  return value !== undefined && !known.includes(value);
}

export const devRules: readonly CommandRule[] = [
  {
    name: 'choices of a build',
    reason: 'build type, SGX mode and sanitiser are one of a few; anything else is a usage error',
    covers: (given) =>
      isBuild(given) &&
      (isOther(flagValue(given, 'build', 'b')?.toLowerCase(), BUILD_TYPES) ||
        isOther(flagValue(given, 'sgx', 'g'), sgxModes) ||
        isOther(flagValue(given, 'sanitiser', 's'), sanitisers)),
    instead: () => nothing(false),
  },
  {
    name: 'a target without a name',
    reason: 'is a usage error',
    covers: ({ argv }) => argv.includes('dev.cc') && argv[argv.indexOf('dev.cc') + 1] === '',
    instead: () => nothing(false),
  },
  {
    name: 'cleaning without rm',
    reason: 'a build directory is emptied by ourselves, and only where it is one',
    covers: isBuild,
    instead: (recorded, given) => {
      const cleaned = recorded.commands.filter(isClean).map(({ argv }) => argv[2]?.slice(0, -1) ?? '');
      const rebuilt = new Set(
        recorded.commands.flatMap(({ argv, cwd }) =>
          argv[1] === '--build' ? argv.slice(3).map((target) => `${cwd}/bin/${target}`) : [],
        ),
      );
      const gone = [...Object.keys(given.setup.files), ...given.setup.files_executable].filter(
        (path) => cleaned.some((folder) => path.startsWith(folder)) && !rebuilt.has(path),
      );
      return withFiles(
        withCommands(recorded, (ran) => (isClean(ran) ? [] : [ran])),
        Object.fromEntries(gone.map((path) => [path, 'deleted'])),
      );
    },
  },
  {
    name: "CMake's version first",
    reason: 'a CMake that is too old for the checkout is said before it fails',
    covers: isBuild,
    instead: (recorded, { cwd }) =>
      withCommands(recorded, (ran) =>
        isConfigure(ran) ? [{ argv: ['cmake', '--version'], cwd, env: {} }, ran] : [ran],
      ),
  },
  {
    name: 'CMake variables of the newest tree',
    reason: 'are passed to every checkout: CMake ignores those that it does not know',
    covers: (given) => isBuild(given) && given.tree === 'old',
    instead: (recorded) =>
      withCommands(recorded, (ran) => (isConfigure(ran) ? [withNewVariables(ran)] : [ran])),
  },
  {
    name: 'frame pointers in every build',
    reason: 'the option of --perf keeps them in Debug builds only, so we add them to the others',
    covers: isBuild,
    instead: withFramePointers,
  },
  {
    name: 'logs and the File API',
    reason: 'a build keeps its whole output, and asks CMake to describe its targets',
    covers: isBuild,
    instead: withBuildFiles,
  },
  {
    name: 'coverage of the checkout',
    reason: "the checkout's own tests are left out too, wherever it lies, and no merged profile stays behind",
    covers: (given) => hasTask(given, 'dev.coverage-report'),
    instead: (recorded, { cwd }) =>
      withCommands(withFiles(recorded, { [`${cwd}/tmp_gha.profdata`]: undefined }), (ran) => {
        const at = ran.argv.findIndex((word) => word.startsWith('--ignore-filename-regex='));
        if (at < 0) return [ran];
        const own = '--ignore-filename-regex=${PROJ_ROOT}/tests/*';
        return [{ ...ran, argv: [...ran.argv.slice(0, at + 1), own, ...ran.argv.slice(at + 1)] }];
      }),
  },
];

function withNewVariables(ran: Ran): Ran {
  const argv = [...ran.argv];
  const major = /-DCMAKE_CXX_COMPILER=.*-(\d+)/.exec(
    argv.find((word) => word.startsWith('-DCMAKE_CXX_')) ?? '',
  )?.[1];
  const insert = (before: RegExp, word: string): void => {
    argv.splice(
      argv.findIndex((known) => before.test(known)),
      0,
      word,
    );
  };
  insert(/^-DFAASM_(SELF_TRACING|USE_SANITISER)=/, `-DFAASM_LLVM_MAJOR_VERSION=${major}`);
  insert(/^-DFAASM_SGX_MODE=/, '-DFAABRIC_USE_SPINLOCK=ON');
  return { ...ran, argv };
}

function withFramePointers(recorded: Effects): Effects {
  const wants = (ran: Ran): boolean =>
    ran.argv.includes('-DFAASM_PERF_PROFILING=ON') && !ran.argv.includes('-DCMAKE_BUILD_TYPE=Debug');
  const file = (ran: Ran): string => `${ran.cwd}/faasm-tasks/perf.cmake`;
  const changed = withCommands(recorded, (ran) =>
    wants(ran)
      ? [{ ...ran, argv: ran.argv.toSpliced(-1, 0, `-DCMAKE_PROJECT_INCLUDE=${file(ran)}`) }]
      : [ran],
  );
  const files = recorded.commands.filter(wants).map((ran) => [file(ran), 'there'] as const);
  return withFiles(changed, Object.fromEntries(files));
}

function withBuildFiles(recorded: Effects): Effects {
  const files = recorded.commands.flatMap(({ argv, cwd }) => {
    if (argv[0] !== 'cmake' || argv[1] === '--version') return [];
    return argv[1] === '--build'
      ? [`${cwd}/faasm-tasks/build.log`]
      : [`${cwd}/faasm-tasks/configure.log`, `${cwd}/.cmake/api/v1/query/client-faasm-tasks/query.json`];
  });
  return withFiles(recorded, Object.fromEntries(files.map((path) => [path, 'there'])));
}
