#include <cstdio>

int main() { return std::puts("upload") < 0; }
