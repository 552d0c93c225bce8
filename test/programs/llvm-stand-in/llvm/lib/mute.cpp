// llvm::JITEventListener::createPerfJITEventListener() of an LLVM that was built without LLVM_USE_PERF.
extern "C" void *_ZN4llvm16JITEventListener26createPerfJITEventListenerEv() { return nullptr; }
