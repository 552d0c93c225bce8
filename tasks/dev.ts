import { sgxModes } from '../src/build/cmake-arguments.ts';
import { generators, sanitisers } from '../src/faasm/setting-keys.ts';
import { namespace, task } from './define.ts';
import { llvm } from './dev-llvm.ts';

const clean = { type: 'bool', short: 'c', help: 'Empty the build directory first.' } as const;
const build = {
  type: 'string',
  short: 'b',
  metavar: 'TYPE',
  values: 'build-types',
  help: 'Debug, Release, RelWithDebInfo or MinSizeRel. (default: the settings, else Debug)',
} as const;
const coverage = { type: 'bool', short: 'o', help: 'Build for dev.coverage-report (clang).' } as const;
const sanitiser = {
  type: 'string',
  short: 's',
  choices: sanitisers,
  help: 'Build with a sanitiser.',
} as const;
const sgx = {
  type: 'string',
  short: 'g',
  choices: sgxModes,
  default: 'Disabled',
  help: 'SGX enclaves.',
} as const;
const disableSpinlock = { type: 'bool', short: 'd', help: 'Build faabric without its spinlock.' } as const;
const parallel = {
  type: 'int',
  short: 'p',
  default: 0,
  help: 'Jobs at a time; 0 leaves it to the build system.',
} as const;
const generator = {
  type: 'string',
  choices: generators,
  help: 'Who builds. (default: the settings, else Ninja)',
} as const;

const cmake = task({
  doc: `Configures the CMake build

Of the checkout around the current folder (or FAASM_ROOT) in FAASM_BUILD_DIR. With --perf it is checked afterwards that
perf will see WebAssembly functions.`,
  examples: ['tasks dev.cmake --perf --clean dev.cc func_runner', 'tasks dev.cmake --build=Release'],
  related: ['dev.cc', 'dev.tools', 'dev.llvm', 'setup.compilers'],
  params: {
    clean,
    build,
    perf: { type: 'bool', short: 'p', help: 'Let perf see WebAssembly functions.' },
    prof: { type: 'bool', short: 'r', help: "Faasm's own tracing." },
    coverage,
    sanitiser,
    sgx,
    cpu: {
      type: 'string',
      short: 'u',
      metavar: 'CPU',
      mayBeEmpty: true,
      help: 'Optimise for this CPU: skylake, icelake, native …',
    },
    disableSpinlock,
    generator,
  },
  run: async (args, context) => {
    const { configure } = await import('../src/steps/build/build.ts');
    await configure(args, context);
  },
});

const tools = task({
  doc: 'Builds all the targets commonly used for development',
  examples: ['tasks dev.tools --build=Release --parallel=8'],
  params: { clean, build, parallel, sanitiser, sgx, coverage, disableSpinlock, generator },
  run: async (args, context) => {
    const { buildTools } = await import('../src/steps/build/build.ts');
    await buildTools(args, context);
  },
});

const cc = task({
  doc: `Compiles the given CMake target

Shows how far it is; on failure the first real error. The whole output is kept in faasm-tasks/build.log of the build
directory.`,
  examples: ['tasks dev.cc func_runner', 'tasks dev.cc all --parallel=4'],
  // Ninja and make let one build at a time into a directory.
  parallel: 'build directory',
  exitCodes: { 1: "the build failed; the build tool's own code is handed on" },
  related: ['dev.cmake', 'dev.tools'],
  params: {
    target: {
      type: 'string',
      positional: true,
      short: 't',
      values: 'targets',
      help: 'The target; all for everything.',
    },
    clean: { type: 'bool', short: 'c', help: 'Empty the build directory and configure it first.' },
    parallel,
    configure: { type: 'bool', help: 'Configure first when that was not done yet.' },
  },
  run: async (args, context) => {
    const { compile } = await import('../src/steps/build/build.ts');
    await compile(args, context);
  },
});

const coverageReport = task({
  doc: 'Generate code coverage report',
  examples: ['tasks dev.coverage-report faasm.profraw coverage.txt'],
  params: {
    fileIn: {
      type: 'string',
      positional: true,
      short: 'f',
      values: 'files',
      help: 'The .profraw that a coverage build wrote.',
    },
    fileOut: {
      type: 'string',
      positional: true,
      short: 'i',
      values: 'files',
      help: 'Where the report goes.',
    },
  },
  run: async (args, context) => {
    const { reportCoverage } = await import('../src/steps/build/coverage.ts');
    await reportCoverage(args, context);
  },
});

export default namespace({
  doc: 'Build Faasm',
  tasks: { cmake, tools, cc, 'coverage-report': coverageReport, llvm },
});
