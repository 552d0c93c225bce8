// func_runner USER FUNC [--input-data DATA | DATA]: one call; the function's exit code becomes this program's.
#include "FunctionFiles.h"
#include "Instance.h"

#include <iostream>

int main(int argc, char **argv) {
  std::vector<std::string> words;
  std::string input;
  const std::string option = "--input-data";
  for (int i = 1; i < argc; i++) {
    std::string word = argv[i];
    if (word == option && i + 1 < argc) input = argv[++i];
    else if (word.compare(0, option.size() + 1, option + "=") == 0) input = word.substr(option.size() + 1);
    else words.push_back(word);
  }
  if (words.size() < 2 || words.size() > 3) {
    std::cerr << "Usage: func_runner USER FUNC [--input-data DATA]\n";
    return 1;
  }
  if (words.size() == 3) input = words[2];
  std::string name = words[0] + "/" + words[1];
  try {
    std::cerr << "Running function " << name << "\n";
    mini::WasmModule wasm(mini::readFunction(words[0], words[1]));
    mini::JitCompiler compiler;
    mini::Instance instance(wasm, compiler);
    mini::Outcome outcome = instance.call(input);
    std::cout << outcome.output << std::flush;
    if (!outcome.trap.empty()) std::cerr << "func_runner: " << name << " trapped: " << outcome.trap << "\n";
    std::cerr << "Finished running function " << name << " (exit code: " << outcome.exitCode << ")\n";
    return outcome.exitCode;
  } catch (const std::exception &error) {
    std::cerr << "func_runner: cannot run " << name << ": " << error.what() << "\n";
    return 1;
  }
}
