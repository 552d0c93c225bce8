#include <cstdio>

int main() { return std::puts("planner_server") < 0; }
