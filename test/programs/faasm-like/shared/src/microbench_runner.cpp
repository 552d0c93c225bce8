#include <cstdio>

int main() { return std::puts("microbench_runner") < 0; }
