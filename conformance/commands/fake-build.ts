import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Effects } from './recorded-effects.ts';
import type { Scratch } from './scratch.ts';

// What CMake would say of a perf build in its File API (cmake-file-api(7)): WAVM's listener compiled as `--perf` wants it,
// against an LLVM that can describe its code. Without it nothing after `dev.cmake --perf` could be compared.

/** The File API's reply for a build in `buildDir`, in a folder for the fake CMake to copy. */
export async function describePerfBuild(scratch: Scratch, recorded: Effects): Promise<string> {
  const folder = join(scratch.root, 'log', 'reply');
  const llvm = join(scratch.root, 'fs', 'usr', 'lib', 'llvm-17');
  await mkdir(folder, { recursive: true });
  const header = join(llvm, 'include', 'llvm', 'Config', 'llvm-config.h');
  await mkdir(dirname(header), { recursive: true });
  await writeFile(header, '#define LLVM_VERSION_STRING "17.0.6"\n#define LLVM_USE_PERF 1\n');
  const configured = recorded.commands.find(({ argv }) => argv[1]?.startsWith('-G') === true);
  const paths = {
    source: scratch.fill('${PROJ_ROOT}'),
    build: scratch.fill(configured?.cwd ?? '${FAASM_BUILD_DIR}'),
  };
  const programs = recorded.commands.flatMap(({ argv }) =>
    argv[1] === '--build' ? argv.slice(3).filter((word) => /^[A-Za-z]\w*$/.test(word)) : [],
  );
  const listener = {
    name: 'WAVMLib',
    id: 'WAVMLib::@1',
    type: 'STATIC_LIBRARY',
    sources: [{ path: 'third-party/WAVM/Lib/LLVMJIT/LLVMModule.cpp', compileGroupIndex: 0 }],
    compileGroups: [
      {
        language: 'CXX',
        defines: [{ define: 'WAVM_PERF_EVENTS=1' }],
        compileCommandFragments: [{ fragment: '-g -fno-omit-frame-pointer' }],
        includes: [{ path: join(llvm, 'include') }],
      },
    ],
  };
  const targets = [
    listener,
    ...programs.map((name) => ({ name, id: `${name}::@2`, type: 'EXECUTABLE', sources: [] })),
  ];
  const files: Record<string, unknown> = {
    'index-1.json': {
      reply: {
        'client-faasm-tasks': {
          'query.json': {
            responses: ['codemodel', 'cmakeFiles'].map((kind) => ({ kind, jsonFile: `${kind}.json` })),
          },
        },
      },
    },
    'codemodel.json': {
      paths,
      configurations: [
        { targets: targets.map(({ name, id }) => ({ name, id, jsonFile: `target-${name}.json` })) },
      ],
    },
    'cmakeFiles.json': { inputs: [{ path: join(llvm, 'lib/cmake/llvm/LLVMConfig.cmake') }] },
    ...Object.fromEntries(targets.map((target) => [`target-${target.name}.json`, target])),
  };
  for (const [name, value] of Object.entries(files))
    await writeFile(join(folder, name), JSON.stringify(value));
  return folder;
}
