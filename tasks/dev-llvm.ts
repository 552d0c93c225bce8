import { task } from './define.ts';

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
      metavar: 'N',
      help: 'The major version. (default: what the checkout is built with)',
    },
    tag: { type: 'string', help: "LLVM's git tag. (default: the version's last release)" },
    source: {
      type: 'string',
      metavar: 'DIR',
      values: 'folders',
      help: 'Build these sources; nothing is fetched.',
    },
    tarball: {
      type: 'string',
      metavar: 'FILE',
      values: 'files',
      help: 'Unpack these sources: llvm-project-N.x.y.src.tar.xz.',
    },
    repository: {
      type: 'string',
      default: 'https://github.com/llvm/llvm-project',
      metavar: 'URL',
      notWith: ['source', 'tarball'],
      help: 'What to clone.',
    },
    dir: {
      type: 'string',
      values: 'folders',
      help: "Where to build. (default: dev/llvm-perf in the checkout, else the user's cache)",
    },
    cmakeOption: {
      type: 'list',
      metavar: 'NAME=VALUE',
      help: 'A CMake variable, over those set here; may be repeated.',
    },
    components: { type: 'bool', help: 'Build only the libraries that a WAVM build links.' },
    parallel: {
      type: 'int',
      default: 0,
      min: 0,
      metavar: 'N',
      help: 'Compilers at a time. (default: as many as cores and memory allow)',
    },
    force: { type: 'bool', help: 'Build although an installed LLVM can do it.' },
    diskCheck: {
      type: 'bool',
      default: true,
      help: 'Refuse to start where the disk cannot hold the build.',
    },
  },
  run: async (args, context) => {
    const { provideLlvm } = await import('../src/steps/llvm/provide.ts');
    await provideLlvm(args, context);
  },
});
