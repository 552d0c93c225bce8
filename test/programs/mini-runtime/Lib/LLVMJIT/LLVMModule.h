// Compiles modules with LLVM's MCJIT and, when built with WAVM_PERF_EVENTS, describes the code to perf.
#pragma once

#include "EmitFunction.h"

#include <llvm/ExecutionEngine/ExecutionEngine.h>

namespace mini {

// A host call as guests import it.
struct HostCall {
  std::string module, name;
  FunctionType type;
  void *code;
};

// Machine code of a module: an engine of its own, so that equal names do not meet.
class LoadedModule {
public:
  explicit LoadedModule(std::unique_ptr<llvm::Module> module);
  void *address(const std::string &name);

private:
  std::unique_ptr<llvm::ExecutionEngine> engine;
};

class JitCompiler {
public:
  // The runtime's own module: functionDef0, 1 … go from guest code into the host calls.
  LoadedModule compileIntrinsics(const std::vector<HostCall> &calls);
  // A guest's module; `imports` are the addresses of what it imports, in order.
  LoadedModule compileGuest(const WasmModule &wasm, const Addresses &addresses, const std::vector<void *> &imports);
  // What C++ calls: a function without parameters and results.
  LoadedModule compileThunk(void *function);

private:
  llvm::LLVMContext context;
};

std::string functionDef(size_t number);

} // namespace mini
