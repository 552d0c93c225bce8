#include <cstdio>

int main() { return std::puts("codegen_shared_obj") < 0; }
