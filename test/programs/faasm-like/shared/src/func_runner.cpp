#include <cstdio>

const char *perfListener();

int main() { return std::puts(perfListener()) < 0; }
