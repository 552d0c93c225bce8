// Turns the code of one WebAssembly function into LLVM IR: a stack machine becomes values, structured control flow
// becomes blocks. Locals and block results are stack slots that LLVM's mem2reg turns into registers.
#pragma once

#include "../../WasmModule.h"

#include <functional>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

namespace mini {

// Where an instance keeps what its code uses; baked into the code, as there is one instance in a process.
struct Addresses {
  uint64_t memory, globals, table, trap, memorySize, memoryGrow;
};

enum class Trap : int { unreachable = 1, divideByZero, overflow, table, memory, stack };

// A slot of the function table; `type` is the index of the first equal type of the module.
struct TableEntry {
  void *code;
  uint64_t type;
};

llvm::FunctionType *llvmType(llvm::LLVMContext &context, const FunctionType &type);
uint32_t canonicalType(const WasmModule &module, uint32_t type);

struct EmitRequest {
  const WasmModule &module;
  const Addresses &addresses;
  // What a call of a function index calls, imports included.
  std::function<llvm::Value *(uint32_t function)> callee;
};

void emitFunction(llvm::Function *function, uint32_t number, const EmitRequest &request);

} // namespace mini
