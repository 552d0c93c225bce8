#include <cstdio>

int main() { return std::puts("local_pool_runner") < 0; }
