#include <cstdio>

int main() { return std::puts("is_app_migratable") < 0; }
