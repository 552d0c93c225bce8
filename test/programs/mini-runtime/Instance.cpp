#include "Instance.h"

#include <csetjmp>
#include <csignal>
#include <cstring>
#include <sys/mman.h>

namespace mini {

static const uint64_t RESERVED = uint64_t(8) << 30;
static const uint64_t PAGE = 65536;

static Instance *running;
static sigjmp_buf way_out;
static int exit_code;

static const char *describe(Trap why) {
  switch (why) {
  case Trap::unreachable: return "unreachable: it reached code that must not be reached";
  case Trap::divideByZero: return "division by zero";
  case Trap::overflow: return "a number does not fit";
  case Trap::table: return "a call through the table that is not there or has another type";
  case Trap::memory: return "memory access out of bounds";
  case Trap::stack: return "the stack is used up";
  }
  return "";
}

static const int EXITED = 100;

[[noreturn]] static void trap(int why) { siglongjmp(way_out, why); }

static void onFault(int, siginfo_t *info, void *) {
  auto at = reinterpret_cast<uintptr_t>(info->si_addr);
  auto base = reinterpret_cast<uintptr_t>(running->range(0, 0));
  trap(static_cast<int>(at >= base && at - base < RESERVED ? Trap::memory : Trap::stack));
}

static void catchFaults() {
  static uint8_t ownStack[65536];
  stack_t other{ownStack, 0, sizeof ownStack};
  sigaltstack(&other, nullptr);
  struct sigaction action = {};
  action.sa_sigaction = onFault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction(SIGSEGV, &action, nullptr);
  sigaction(SIGBUS, &action, nullptr);
}

static uint32_t memorySize() { return running->pages(); }
static uint32_t memoryGrow(uint32_t more) { return running->grow(more); }

template <typename T> static uint64_t addressOf(T *thing) { return reinterpret_cast<uint64_t>(thing); }

Instance &Instance::current() { return *running; }

Instance::Instance(const WasmModule &wasm, JitCompiler &compiler) : wasm(wasm) {
  void *space = mmap(nullptr, RESERVED, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (space == MAP_FAILED) throw Unsupported("8 GiB of addresses, which this machine does not give");
  memory = static_cast<uint8_t *>(space);
  globals.resize(wasm.globals.size());
  table.resize(wasm.tableSize);
  catchFaults();

  intrinsics.emplace(compiler.compileIntrinsics(hostCalls()));
  std::vector<void *> imports;
  for (const Import &wanted : wasm.imports) {
    const auto &calls = hostCalls();
    size_t i = 0;
    while (i < calls.size() && (calls[i].module != wanted.module || calls[i].name != wanted.name)) i++;
    if (i == calls.size()) throw Unsupported("the import " + wanted.module + "." + wanted.name);
    if (!(calls[i].type == wasm.types.at(wanted.type))) throw Unsupported("another type of " + wanted.name);
    imports.push_back(intrinsics->address(functionDef(i)));
  }
  Addresses addresses{addressOf(memory),  addressOf(globals.data()), addressOf(table.data()),
                      addressOf(&trap),   addressOf(&memorySize),    addressOf(&memoryGrow)};
  code.emplace(compiler.compileGuest(wasm, addresses, imports));
  auto start = wasm.exportedFunctions.find("_start");
  if (start == wasm.exportedFunctions.end()) throw Unsupported("a module without _start");
  thunk.emplace(compiler.compileThunk(code->address(functionDef(start->second - imports.size()))));
  reset();
}

Instance::~Instance() { munmap(memory, RESERVED); }

void Instance::reset() {
  madvise(memory, pageCount * PAGE, MADV_DONTNEED);
  mprotect(memory, pageCount * PAGE, PROT_NONE);
  pageCount = wasm.memoryPages;
  mprotect(memory, pageCount * PAGE, PROT_READ | PROT_WRITE);
  for (const Segment &data : wasm.data) {
    auto size = static_cast<uint32_t>(data.end - data.begin);
    if (uint64_t(data.offset) + size > pageCount * PAGE) throw Unsupported("data outside of the memory");
    memcpy(memory + data.offset, data.begin, size);
  }
  for (size_t i = 0; i < globals.size(); i++) globals[i] = wasm.globals[i].initial;
  auto imported = static_cast<uint32_t>(wasm.imports.size());
  for (const Elements &segment : wasm.elements) {
    for (size_t i = 0; i < segment.functions.size(); i++) {
      uint32_t function = segment.functions[i];
      if (function < imported) throw Unsupported("a table entry that is an import");
      uint32_t type = wasm.functionTypes.at(function - imported);
      table.at(segment.offset + i) = {code->address(functionDef(function - imported)), canonicalType(wasm, type)};
    }
  }
}

uint8_t *Instance::range(uint32_t at, uint32_t size) {
  if (uint64_t(at) + size > pageCount * PAGE) trap(static_cast<int>(Trap::memory));
  return memory + at;
}

uint32_t Instance::grow(uint32_t more) {
  uint32_t before = pageCount;
  if (uint64_t(before) + more > wasm.mostMemoryPages) return ~uint32_t(0);
  mprotect(memory + before * PAGE, more * PAGE, PROT_READ | PROT_WRITE);
  pageCount = before + more;
  return before;
}

void Instance::exit(int code) {
  exit_code = code;
  siglongjmp(way_out, EXITED);
}

Outcome Instance::call(const std::string &input) {
  running = this;
  inputData = input;
  outputData.clear();
  exit_code = 0;
  auto *entry = reinterpret_cast<void (*)()>(thunk->address("thunk"));
  int why = sigsetjmp(way_out, 1);
  if (why == 0) entry();
  if (why == 0 || why == EXITED) return {exit_code, outputData, ""};
  return {1, outputData, describe(static_cast<Trap>(why))};
}

} // namespace mini
