import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { OWN_FOLDER } from './build-directory.ts';

/** Folders that `LLVMConfig.cmake` may be in, below what people call "the LLVM directory". */
const CONFIG_FOLDERS = ['.', 'lib/cmake/llvm', 'cmake'] as const;

/** Where our CMake file of a build directory is. */
export function perfFilePath(buildDir: string): string {
  return join(buildDir, OWN_FOLDER, 'perf.cmake');
}

/** The folder of LLVMConfig.cmake for an LLVM prefix, build tree or that folder itself; undefined when there is none. */
export async function llvmConfigFolder(llvmDir: string): Promise<string | undefined> {
  for (const folder of CONFIG_FOLDERS) {
    const candidate = resolve(llvmDir, folder);
    const found = await stat(join(candidate, 'LLVMConfig.cmake')).catch(() => undefined);
    if (found?.isFile() === true) return candidate;
  }
  return undefined;
}

/** What `--perf` adds to the configure line. */
export interface PerfSwitch {
  readonly arguments: readonly string[];
  /** Our CMake file's text; undefined where the checkout's own option does all of it. */
  readonly file: string | undefined;
}

/**
 * How to get a build that perf can see into. A checkout whose CMake knows `FAASM_PERF_PROFILING` does it itself; newer
 * ones overwrite `CMAKE_CXX_FLAGS` and force `LLVM_DIR`, so that variables have no effect on them: there a file that CMake
 * includes after `project()` adds the definition and the option to every directory, and redirects `find_package(LLVM)`.
 */
export function perfSwitch(
  buildDir: string,
  optionDoes: 'all' | 'definition' | 'nothing',
  llvmConfig: string | undefined,
): PerfSwitch {
  if (optionDoes === 'all' && llvmConfig === undefined) return { arguments: [], file: undefined };
  return {
    arguments: [
      ...(llvmConfig === undefined ? [] : [`-DLLVM_DIR=${llvmConfig}`]),
      `-DCMAKE_PROJECT_INCLUDE=${perfFilePath(buildDir)}`,
    ],
    file: perfFile(optionDoes !== 'nothing', llvmConfig),
  };
}

function perfFile(isDefined: boolean, llvmConfig: string | undefined): string {
  const definitions = isDefined ? [] : ['add_compile_definitions(WAVM_PERF_EVENTS=1)'];
  const llvm =
    llvmConfig === undefined
      ? []
      : [
          '# Found before any LLVM_DIR, also before one that the project forces (CMake 3.24).',
          'if(DEFINED CMAKE_FIND_PACKAGE_REDIRECTS_DIR)',
          ...[
            ['llvm-config', 'LLVMConfig'],
            ['llvm-config-version', 'LLVMConfigVersion'],
          ].map(
            ([redirect, real]) =>
              `  file(WRITE "\${CMAKE_FIND_PACKAGE_REDIRECTS_DIR}/${redirect}.cmake" "include(\\"${llvmConfig}/${real}.cmake\\" OPTIONAL)\\n")`,
          ),
          'endif()',
        ];
  return [
    '# Written by tasks dev.cmake --perf; CMake includes it after each project().',
    'include_guard(GLOBAL)',
    ...definitions,
    'add_compile_options(-fno-omit-frame-pointer)',
    ...llvm,
    '',
  ].join('\n');
}
