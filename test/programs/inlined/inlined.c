// Calls that a compiler puts into their callers, two deep in the innermost function and around a real call.
#include <stdint.h>
#include <stdlib.h>

#define INLINED static inline __attribute__((always_inline))
#define REAL __attribute__((noinline))

static volatile uint64_t sink;

INLINED uint64_t mix(uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdULL;
  return x ^ (x >> 29);
}

INLINED uint64_t mix_twice(uint64_t x) { return mix(mix(x) + 1); }

REAL uint64_t work(uint64_t n) {
  uint64_t sum = n;
  for (uint64_t i = 0; i < 20000; i++) sum += mix_twice(sum + i);
  return sum;
}

INLINED uint64_t one_more(uint64_t n) { return work(n) + 1; }

REAL uint64_t outer(uint64_t n) { return one_more(n) * 3; }

int main(int argc, char **argv) {
  uint64_t rounds = argc > 1 ? strtoull(argv[1], NULL, 10) : 4000;
  for (uint64_t i = 0; i < rounds; i++) sink += outer(i);
  return 0;
}
