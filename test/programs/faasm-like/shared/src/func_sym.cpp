#include <cstdio>

int main() { return std::puts("func_sym") < 0; }
