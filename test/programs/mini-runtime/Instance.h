// One instance of a module: linear memory, globals, the table, and calls that end by returning, exiting or trapping.
#pragma once

#include "Lib/LLVMJIT/LLVMModule.h"

#include <optional>

namespace mini {

struct Outcome {
  int exitCode;
  std::string output;
  std::string trap; // empty when it did not trap
};

class Instance {
public:
  Instance(const WasmModule &wasm, JitCompiler &compiler);
  ~Instance();
  Instance(const Instance &) = delete;

  // Runs `_start` on a fresh image.
  Outcome call(const std::string &input);
  // Puts memory, globals and the table back to what the module says.
  void reset();

  // For host calls; a range that is not in memory traps.
  uint8_t *range(uint32_t at, uint32_t size);
  template <typename T> T &value(uint32_t at) { return *reinterpret_cast<T *>(range(at, sizeof(T))); }
  uint32_t pages() const { return pageCount; }
  uint32_t grow(uint32_t more);
  const std::string &input() const { return inputData; }
  void setOutput(std::string text) { outputData = std::move(text); }
  [[noreturn]] void exit(int code);

  static Instance &current();

private:
  const WasmModule &wasm;
  uint8_t *memory;
  uint32_t pageCount = 0;
  std::vector<uint64_t> globals;
  std::vector<TableEntry> table;
  std::optional<LoadedModule> intrinsics, code, thunk;
  std::string inputData, outputData;
};

// The 45 host calls, in the order of the runtime's own functionDef0 … functionDef44.
const std::vector<HostCall> &hostCalls();

} // namespace mini
