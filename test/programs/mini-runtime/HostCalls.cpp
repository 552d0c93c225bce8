// What guests may call: WASI (wasi_snapshot_preview1) as far as streams go, and Faasm's own interface.
#include "Instance.h"

#include <cstring>
#include <ctime>
#include <map>
#include <unistd.h>

namespace mini {

namespace {

// WASI's error numbers.
enum Errno : uint32_t { SUCCESS = 0, BADF = 8, NOSYS = 52, SPIPE = 70 };

Instance &guest() { return Instance::current(); }

struct Buffer {
  uint32_t at, size;
};

// --- WASI ---------------------------------------------------------------------------------------------------------

uint32_t argsGet(uint32_t pointers, uint32_t text) {
  guest().value<uint32_t>(pointers) = text;
  memcpy(guest().range(text, 9), "function", 9);
  return SUCCESS;
}
uint32_t argsSizesGet(uint32_t count, uint32_t size) {
  guest().value<uint32_t>(count) = 1;
  guest().value<uint32_t>(size) = 9;
  return SUCCESS;
}
uint32_t environSizesGet(uint32_t count, uint32_t size) {
  guest().value<uint32_t>(count) = guest().value<uint32_t>(size) = 0;
  return SUCCESS;
}
uint32_t environGet(uint32_t, uint32_t) { return SUCCESS; }
uint32_t clockTimeGet(uint32_t clock, uint64_t, uint32_t result) {
  timespec now;
  clock_gettime(clock == 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC, &now);
  guest().value<uint64_t>(result) = static_cast<uint64_t>(now.tv_sec) * 1000000000u + static_cast<uint64_t>(now.tv_nsec);
  return SUCCESS;
}
uint32_t fdClose(uint32_t fd) { return fd < 3 ? SUCCESS : BADF; }
uint32_t fdSeek(uint32_t fd, uint64_t, uint32_t, uint32_t) { return fd < 3 ? SPIPE : BADF; }
uint32_t fdPrestatGet(uint32_t, uint32_t) { return BADF; }
uint32_t fdFdstatGet(uint32_t fd, uint32_t result) {
  if (fd > 2) return BADF;
  memset(guest().range(result, 24), 0, 24);
  guest().value<uint8_t>(result) = 2; // a character device
  guest().value<uint64_t>(result + 8) = ~uint64_t(0);
  return SUCCESS;
}
uint32_t fdRead(uint32_t fd, uint32_t, uint32_t, uint32_t result) {
  if (fd != 0) return BADF;
  guest().value<uint32_t>(result) = 0;
  return SUCCESS;
}
uint32_t fdWrite(uint32_t fd, uint32_t buffers, uint32_t count, uint32_t result) {
  if (fd != 1 && fd != 2) return BADF;
  uint32_t written = 0;
  for (uint32_t i = 0; i < count; i++) {
    Buffer buffer = guest().value<Buffer>(buffers + 8 * i);
    const uint8_t *from = guest().range(buffer.at, buffer.size);
    for (uint32_t done = 0; done < buffer.size;) {
      ssize_t now = write(static_cast<int>(fd), from + done, buffer.size - done);
      if (now <= 0) return BADF;
      done += static_cast<uint32_t>(now);
    }
    written += buffer.size;
  }
  guest().value<uint32_t>(result) = written;
  return SUCCESS;
}
void procExit(uint32_t code) { guest().exit(static_cast<int>(code)); }
uint32_t randomGet(uint32_t at, uint32_t size) {
  static uint64_t state = 88172645463325252u; // xorshift64, the same numbers in every run
  uint8_t *to = guest().range(at, size);
  for (uint32_t i = 0; i < size; i++) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    to[i] = static_cast<uint8_t>(state >> 32);
  }
  return SUCCESS;
}
uint32_t schedYield() { return SUCCESS; }
uint32_t notHere() { return NOSYS; }

// --- Faasm --------------------------------------------------------------------------------------------------------

std::map<std::string, std::string> states;

std::string textAt(uint32_t at) {
  std::string text;
  while (char next = static_cast<char>(guest().value<uint8_t>(at++))) text += next;
  return text;
}
// How much there is when the buffer has no size, else how much was copied.
uint32_t copyOut(const std::string &from, uint32_t to, uint32_t size) {
  if (size == 0) return static_cast<uint32_t>(from.size());
  auto count = static_cast<uint32_t>(std::min<size_t>(from.size(), size));
  memcpy(guest().range(to, count), from.data(), count);
  return count;
}
uint32_t readInput(uint32_t to, uint32_t size) { return copyOut(guest().input(), to, size); }
void writeOutput(uint32_t from, uint32_t size) {
  guest().setOutput(std::string(reinterpret_cast<char *>(guest().range(from, size)), size));
}
uint32_t readState(uint32_t key, uint32_t to, uint32_t size) { return copyOut(states[textAt(key)], to, size); }
void writeState(uint32_t key, uint32_t from, uint32_t size) {
  states[textAt(key)] = std::string(reinterpret_cast<char *>(guest().range(from, size)), size);
}
uint32_t confFlag(uint32_t) { return 0; }
void backtrace(uint32_t) {}
uint32_t noChaining() {
  static const char why[] = "this runtime calls no other functions\n";
  if (write(2, why, sizeof why - 1) < 0) return 1;
  guest().exit(1);
}

// `iI:i` is (i32, i64) -> i32.
FunctionType signature(const char *text) {
  FunctionType type;
  bool isResult = false;
  for (; *text != '\0'; text++) {
    if (*text == ':') isResult = true;
    else (isResult ? type.results : type.params).push_back(*text == 'i' ? I32 : I64);
  }
  return type;
}

template <typename F> HostCall entry(const char *module, const char *name, const char *type, F *code) {
  return {module, name, signature(type), reinterpret_cast<void *>(code)};
}
template <typename F> HostCall wasi(const char *name, const char *type, F *code) {
  return entry("wasi_snapshot_preview1", name, type, code);
}
template <typename F> HostCall faasm(const char *name, const char *type, F *code) {
  return entry("env", name, type, code);
}

} // namespace

const std::vector<HostCall> &hostCalls() {
  static const std::vector<HostCall> calls = {
      wasi("args_get", "ii:i", argsGet),
      wasi("args_sizes_get", "ii:i", argsSizesGet),
      wasi("environ_get", "ii:i", environGet),
      wasi("environ_sizes_get", "ii:i", environSizesGet),
      wasi("clock_res_get", "ii:i", notHere),
      wasi("clock_time_get", "iIi:i", clockTimeGet),
      wasi("fd_advise", "iIIi:i", notHere),
      wasi("fd_allocate", "iII:i", notHere),
      wasi("fd_close", "i:i", fdClose),
      wasi("fd_datasync", "i:i", notHere),
      wasi("fd_fdstat_get", "ii:i", fdFdstatGet),
      wasi("fd_fdstat_set_flags", "ii:i", notHere),
      wasi("fd_filestat_get", "ii:i", notHere),
      wasi("fd_filestat_set_size", "iI:i", notHere),
      wasi("fd_pread", "iiiIi:i", notHere),
      wasi("fd_prestat_get", "ii:i", fdPrestatGet),
      wasi("fd_prestat_dir_name", "iii:i", notHere),
      wasi("fd_pwrite", "iiiIi:i", notHere),
      wasi("fd_read", "iiii:i", fdRead),
      wasi("fd_readdir", "iiiIi:i", notHere),
      wasi("fd_renumber", "ii:i", notHere),
      wasi("fd_seek", "iIii:i", fdSeek),
      wasi("fd_tell", "ii:i", notHere),
      wasi("fd_write", "iiii:i", fdWrite),
      wasi("path_create_directory", "iii:i", notHere),
      wasi("path_filestat_get", "iiiii:i", notHere),
      wasi("path_open", "iiiiiIIii:i", notHere),
      wasi("path_readlink", "iiiiii:i", notHere),
      wasi("path_remove_directory", "iii:i", notHere),
      wasi("path_rename", "iiiiii:i", notHere),
      wasi("path_unlink_file", "iii:i", notHere),
      wasi("poll_oneoff", "iiii:i", notHere),
      wasi("proc_exit", "i:", procExit),
      wasi("random_get", "ii:i", randomGet),
      wasi("sched_yield", ":i", schedYield),
      faasm("__faasm_read_input", "ii:i", readInput),
      faasm("__faasm_write_output", "ii:", writeOutput),
      faasm("__faasm_chain_name", "iii:i", noChaining),
      faasm("__faasm_chain_ptr", "iii:i", noChaining),
      faasm("__faasm_await_call", "i:i", noChaining),
      faasm("__faasm_await_call_output", "iii:i", noChaining),
      faasm("__faasm_conf_flag", "i:i", confFlag),
      faasm("__faasm_backtrace", "i:", backtrace),
      faasm("__faasm_read_state", "iii:i", readState),
      faasm("__faasm_write_state", "iii:", writeState),
  };
  return calls;
}

} // namespace mini
