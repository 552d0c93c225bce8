#include "LLVMModule.h"

#include <llvm/ADT/StringMap.h>
#include <llvm/ExecutionEngine/JITEventListener.h>
#include <llvm/ExecutionEngine/MCJIT.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Transforms/InstCombine/InstCombine.h>
#include <llvm/Transforms/Scalar.h>
#include <llvm/Transforms/Utils.h>

#include <algorithm>

namespace mini {

std::string functionDef(size_t number) { return "functionDef" + std::to_string(number); }

static void describeToPerf(llvm::ExecutionEngine &engine) {
#ifdef WAVM_PERF_EVENTS
  // One listener for the process: it numbers all code of all modules. Null when LLVM was built without LLVM_USE_PERF.
  static llvm::JITEventListener *listener = llvm::JITEventListener::createPerfJITEventListener();
  if (listener == nullptr) throw Unsupported("perf events: this LLVM was built without LLVM_USE_PERF");
  engine.RegisterJITEventListener(listener);
#else
  (void)engine;
#endif
}

static void setAttributes(llvm::Function *function) {
#if defined(WAVM_PERF_EVENTS) && defined(MINI_RUNTIME_JIT_FRAME_POINTERS)
  function->addFnAttr("frame-pointer", "all");
#endif
  function->addFnAttr(llvm::Attribute::NoInline);
}

LoadedModule::LoadedModule(std::unique_ptr<llvm::Module> module) {
  std::string problem;
  llvm::raw_string_ostream report(problem);
  if (llvm::verifyModule(*module, &report)) throw Unsupported("code that LLVM refuses: " + report.str());
  llvm::legacy::FunctionPassManager passes(module.get());
  passes.add(llvm::createPromoteMemoryToRegisterPass());
  passes.add(llvm::createInstructionCombiningPass());
  passes.add(llvm::createCFGSimplificationPass());
  passes.doInitialization();
  for (llvm::Function &function : *module) passes.run(function);
  passes.doFinalization();
  llvm::EngineBuilder builder(std::move(module));
  engine.reset(builder.setEngineKind(llvm::EngineKind::JIT).setErrorStr(&problem).create());
  if (engine == nullptr) throw Unsupported("a machine that LLVM cannot compile for: " + problem);
  describeToPerf(*engine);
  engine->finalizeObject();
}

void *LoadedModule::address(const std::string &name) {
  return reinterpret_cast<void *>(engine->getFunctionAddress(name));
}

static void initialise() {
  static const bool once = [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    return true;
  }();
  (void)once;
}

static llvm::Value *constantPointer(llvm::IRBuilder<> &ir, void *address, llvm::Type *to) {
  return ir.CreateIntToPtr(ir.getInt64(reinterpret_cast<uint64_t>(address)), to->getPointerTo());
}

// A function that calls another one and returns what it returned.
static void emitForward(llvm::Module &module, const std::string &name, llvm::FunctionType *type, void *to) {
  auto *function = llvm::Function::Create(type, llvm::Function::ExternalLinkage, name, module);
  setAttributes(function);
  llvm::IRBuilder<> ir(llvm::BasicBlock::Create(module.getContext(), "entry", function));
  std::vector<llvm::Value *> arguments;
  for (llvm::Argument &argument : function->args()) arguments.push_back(&argument);
  llvm::CallInst *call = ir.CreateCall(type, constantPointer(ir, to, type), arguments);
  call->setTailCallKind(llvm::CallInst::TCK_NoTail);
  if (type->getReturnType()->isVoidTy()) ir.CreateRetVoid();
  else ir.CreateRet(call);
}

LoadedModule JitCompiler::compileIntrinsics(const std::vector<HostCall> &calls) {
  initialise();
  auto module = std::make_unique<llvm::Module>("intrinsics", context);
  for (size_t i = 0; i < calls.size(); i++)
    emitForward(*module, functionDef(i), llvmType(context, calls[i].type), calls[i].code);
  return LoadedModule(std::move(module));
}

LoadedModule JitCompiler::compileThunk(void *function) {
  auto module = std::make_unique<llvm::Module>("thunk", context);
  emitForward(*module, "thunk", llvm::FunctionType::get(llvm::Type::getVoidTy(context), false), function);
  return LoadedModule(std::move(module));
}

LoadedModule JitCompiler::compileGuest(const WasmModule &wasm, const Addresses &addresses,
                                       const std::vector<void *> &imports) {
  initialise();
  auto module = std::make_unique<llvm::Module>("guest", context);
  auto imported = static_cast<uint32_t>(imports.size());
  // Functions get their place in the object when they are first called, so code is not in the order of numbers.
  std::vector<llvm::Function *> functions(wasm.bodies.size());
  std::vector<uint32_t> waiting;
  auto declare = [&](uint32_t number) {
    if (functions.at(number) == nullptr) {
      auto *type = llvmType(context, wasm.typeOf(imported + number));
      functions[number] =
          llvm::Function::Create(type, llvm::Function::ExternalLinkage, functionDef(number), *module);
      setAttributes(functions[number]);
      waiting.push_back(number);
    }
    return functions[number];
  };
  auto callee = [&](uint32_t index) -> llvm::Value * {
    if (index >= imported) return declare(index - imported);
    llvm::IRBuilder<> ir(context);
    return constantPointer(ir, imports[index], llvmType(context, wasm.typeOf(index)));
  };
  EmitRequest request{wasm, addresses, callee};
  for (uint32_t number = 0; number < functions.size(); number++) {
    declare(number);
    while (!waiting.empty()) {
      uint32_t next = waiting.back();
      waiting.pop_back();
      emitFunction(functions[next], next, request);
    }
  }
  return LoadedModule(std::move(module));
}

} // namespace mini
