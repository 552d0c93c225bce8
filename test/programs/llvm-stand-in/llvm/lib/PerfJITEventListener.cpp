// What gives the listener away in a library: the strings of LLVM's own.
const char *perfListenerStrings[] = {"JITDUMPDIR", "llvm-IR-jit-"};
