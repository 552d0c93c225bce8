// Where functions are: ${FAASM_LOCAL_DIR}/wasm/USER/FUNC, by default below /usr/local/faasm.
#pragma once

#include "WasmModule.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace mini {

inline std::string functionFolder(const std::string &user, const std::string &func) {
  const char *local = getenv("FAASM_LOCAL_DIR");
  return std::string(local == nullptr || *local == '\0' ? "/usr/local/faasm" : local) + "/wasm/" + user + "/" + func;
}

inline std::vector<uint8_t> readFunction(const std::string &user, const std::string &func) {
  std::string path = functionFolder(user, func) + "/function.wasm";
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Unsupported("there is no " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace mini
