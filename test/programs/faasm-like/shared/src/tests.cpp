#include <cstdio>

static int covered(int value) { return value * 2; }

static int never(int value) { return value * 3; }

int main(int argc, char **) {
  if (argc > 5) return never(argc);
  return std::printf("%d\n", covered(21)) < 0;
}
