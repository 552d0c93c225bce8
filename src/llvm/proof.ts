import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openJitdump } from '../profile/jitdump.ts';

/** The function that the proof compiles: its name must turn up in the jitdump. */
const PROOF_FUNCTION = 'proof_of_the_perf_listener';

/**
 * A program that compiles one function with an LLVM's MCJIT and registers the perf listener, as WAVM does. It uses only
 * what has been the same from LLVM 9 on.
 */
export const proofFiles: Readonly<Record<string, string>> = {
  'CMakeLists.txt': `cmake_minimum_required(VERSION 3.13)
project(proof C CXX)
set(CMAKE_CXX_STANDARD 17)
find_package(LLVM REQUIRED CONFIG NO_DEFAULT_PATH PATHS \${LLVM_DIR})
add_executable(proof proof.cpp)
separate_arguments(LLVM_DEFINITIONS)
target_include_directories(proof SYSTEM PRIVATE \${LLVM_INCLUDE_DIRS})
target_compile_definitions(proof PRIVATE \${LLVM_DEFINITIONS})
if (NOT LLVM_ENABLE_RTTI)
  target_compile_options(proof PRIVATE -fno-rtti)
endif ()
if (TARGET LLVM)
  set(libraries LLVM)
else ()
  llvm_map_components_to_libnames(libraries core executionengine mcjit perfjitevents native)
endif ()
target_link_libraries(proof PRIVATE \${libraries})
`,
  'proof.cpp': `#include <cstdio>
#include <llvm/ExecutionEngine/ExecutionEngine.h>
#include <llvm/ExecutionEngine/JITEventListener.h>
#include <llvm/ExecutionEngine/MCJIT.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/TargetSelect.h>

int main() {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  llvm::LLVMContext context;
  auto module = std::make_unique<llvm::Module>("proof", context);
  llvm::IRBuilder<> ir(context);
  auto *type = llvm::FunctionType::get(ir.getInt32Ty(), false);
  auto *function = llvm::Function::Create(type, llvm::Function::ExternalLinkage, "${PROOF_FUNCTION}", *module);
  ir.SetInsertPoint(llvm::BasicBlock::Create(context, "entry", function));
  ir.CreateRet(ir.getInt32(42));
  llvm::ExecutionEngine *engine = llvm::EngineBuilder(std::move(module)).setEngineKind(llvm::EngineKind::JIT).create();
  llvm::JITEventListener *listener = llvm::JITEventListener::createPerfJITEventListener();
  if (engine == nullptr || listener == nullptr) {
    std::puts(engine == nullptr ? "no JIT" : "no perf listener");
    return 1;
  }
  engine->RegisterJITEventListener(listener);
  engine->finalizeObject();
  auto *call = reinterpret_cast<int (*)()>(engine->getFunctionAddress("${PROOF_FUNCTION}"));
  return call() == 42 ? 0 : 2;
}
`,
};

/** The commands of the proof in a folder that holds its files; the last one writes the jitdump below `JITDUMPDIR`. */
export function proofCommands(
  folder: string,
  llvmConfig: string,
  compilers: { readonly c: string; readonly cxx: string } | undefined,
): (readonly [program: string, ...args: string[]])[] {
  const build = join(folder, 'build');
  const chosen =
    compilers === undefined
      ? []
      : [`-DCMAKE_C_COMPILER=${compilers.c}`, `-DCMAKE_CXX_COMPILER=${compilers.cxx}`];
  return [
    ['cmake', '-G', 'Ninja', '-S', folder, '-B', build, `-DLLVM_DIR=${llvmConfig}`, ...chosen],
    ['cmake', '--build', build],
    [join(build, 'proof')],
  ];
}

/** The jitdump below `JITDUMPDIR` that describes the proof's function, or undefined. */
export async function findProof(jitdumpDir: string): Promise<string | undefined> {
  const names = await readdir(jitdumpDir, { recursive: true }).catch(() => []);
  for (const name of names.filter((entry) => /\/jit-\d+\.dump$/.test(entry))) {
    const path = join(jitdumpDir, name);
    const dump = openJitdump(path);
    if (typeof dump === 'object' && dump.loads().some((load) => load.name === PROOF_FUNCTION)) return path;
  }
  return undefined;
}
