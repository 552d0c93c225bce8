#include <cstdio>

int main() { return std::puts("codegen_func") < 0; }
