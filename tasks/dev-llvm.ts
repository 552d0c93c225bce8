import { task } from '../src/runner/define.ts';

export const llvm = task({
  doc: `Provides an LLVM whose JIT describes its code to perf

Looks first whether an installed LLVM of the wanted version can do it (Debian's can) and tries it out. Otherwise fetches,
configures and builds one; the same command goes on after an interruption. At the end a function is compiled and found in
its jitdump.`,
  examples: [
    'tasks dev.llvm',
    'tasks dev.llvm --llvm-version=14 --force --components',
    'tasks dev.llvm --tarball=llvm-project-17.0.6.src.tar.xz --cmake-option=CMAKE_BUILD_TYPE=Release',
  ],
  related: ['dev.cmake', 'setup.llvm', 'setup.compilers'],
  params: {
    llvmVersion: {
      type: 'int',
      min: 9,
      max: 99,
      short: false,
      metavar: 'N',
      help: 'The major version. (default: what the checkout is built with)',
    },
    tag: { type: 'string', short: false, help: "LLVM's git tag. (default: the version's last release)" },
    source: {
      type: 'string',
      short: false,
      metavar: 'DIR',
      values: 'folders',
      help: 'Build these sources; nothing is fetched.',
    },
    tarball: {
      type: 'string',
      short: false,
      metavar: 'FILE',
      values: 'files',
      help: 'Unpack these sources: llvm-project-N.x.y.src.tar.xz.',
    },
    repository: {
      type: 'string',
      default: 'https://github.com/llvm/llvm-project',
      short: false,
      metavar: 'URL',
      help: 'What to clone.',
    },
    dir: {
      type: 'string',
      values: 'folders',
      short: false,
      help: "Where to build. (default: dev/llvm-perf in the checkout, else the user's cache)",
    },
    cmakeOption: {
      type: 'list',
      short: false,
      metavar: 'NAME=VALUE',
      help: 'A CMake variable, over those set here; may be repeated.',
    },
    components: { type: 'bool', short: false, help: 'Build only the libraries that a WAVM build links.' },
    parallel: {
      type: 'int',
      default: 0,
      min: 0,
      short: false,
      metavar: 'N',
      help: 'Compilers at a time. (default: as many as cores and memory allow)',
    },
    force: { type: 'bool', short: false, help: 'Build although an installed LLVM can do it.' },
    diskCheck: {
      type: 'bool',
      default: true,
      short: false,
      help: 'Refuse to start where the disk cannot hold the build.',
    },
  },
  run: async (args, context) => {
    const { provideLlvm } = await import('../src/steps/llvm/llvm-job.ts');
    await provideLlvm(args, context);
  },
});
