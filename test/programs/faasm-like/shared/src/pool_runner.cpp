#include <cstdio>

int main() { return std::puts("pool_runner") < 0; }
