// microbench_runner SPEC OUT: SPEC has lines USER,FUNC,RUNS,INPUT; OUT gets a line for each run, as Faasm writes it.
#include "FunctionFiles.h"
#include "Instance.h"

#include <chrono>
#include <iostream>
#include <sstream>

static int runLine(const std::string &line, std::ostream &out) {
  std::istringstream fields(line);
  std::string user, func, runs, input;
  std::getline(fields, user, ',') && std::getline(fields, func, ',') && std::getline(fields, runs, ',');
  std::getline(fields, input);
  std::cerr << "Running " << user << "/" << func << " x" << runs << " (input [" << input << "])\n";
  mini::WasmModule wasm(mini::readFunction(user, func));
  mini::JitCompiler compiler;
  mini::Instance instance(wasm, compiler);
  for (long left = std::stol(runs); left > 0; left--) {
    auto started = std::chrono::steady_clock::now();
    mini::Outcome outcome = instance.call(input);
    std::chrono::duration<double, std::micro> taken = std::chrono::steady_clock::now() - started;
    out << user << "," << func << "," << outcome.exitCode << "," << taken.count() << "\n";
    if (outcome.exitCode != 0) {
      std::cerr << user << "/" << func << " failed with " << outcome.exitCode << " " << outcome.trap << "\n";
      return 1;
    }
    instance.reset();
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    std::cerr << "Usage: microbench_runner SPEC OUT\n";
    return 1;
  }
  std::ifstream spec(argv[1]);
  std::ofstream out(argv[2]);
  if (!spec || !out) {
    std::cerr << "microbench_runner: cannot open " << (spec ? argv[2] : argv[1]) << "\n";
    return 1;
  }
  out << "User,Function,Return value,Execution (us)\n";
  try {
    for (std::string line; std::getline(spec, line);) {
      if (line.empty()) continue;
      if (runLine(line, out) != 0) return 1;
    }
  } catch (const std::exception &error) {
    std::cerr << "microbench_runner: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
