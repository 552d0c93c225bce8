// func_sym USER FUNC: writes function.symbols beside the wasm, `functionDefN = name` in the order of the text.
#include "FunctionFiles.h"

#include <iostream>

int main(int argc, char **argv) {
  if (argc != 3) {
    std::cerr << "Must provide user and function name\n";
    return 1;
  }
  try {
    std::cerr << "Disassembling function " << argv[1] << "/" << argv[2] << "\n";
    mini::WasmModule wasm(mini::readFunction(argv[1], argv[2]));
    auto imported = static_cast<uint32_t>(wasm.imports.size());
    std::map<std::string, std::string> symbols;
    for (uint32_t i = 0; i < imported + wasm.bodies.size(); i++) {
      bool isImport = i < imported;
      std::string symbol = isImport ? "functionImport" + std::to_string(i) : "functionDef" + std::to_string(i - imported);
      symbols[symbol] = wasm.names[i];
    }
    std::string path = mini::functionFolder(argv[1], argv[2]) + "/function.symbols";
    std::ofstream file(path);
    for (const auto &[symbol, name] : symbols) file << symbol << " = " << name << "\n";
    if (!file.flush()) throw mini::Unsupported("cannot write " + path);
    std::cerr << "Output at " << path << "\n";
  } catch (const std::exception &error) {
    std::cerr << "func_sym: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
