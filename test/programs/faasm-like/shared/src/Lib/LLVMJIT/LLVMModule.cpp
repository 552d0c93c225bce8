// Called as WAVM's file is that registers the perf listener.
#include <llvm-c/ExecutionEngine.h>

const char *perfListener() {
#ifdef WAVM_PERF_EVENTS
  return LLVMCreatePerfJITEventListener() == nullptr ? "no listener" : "listener";
#else
  return "not asked";
#endif
}
