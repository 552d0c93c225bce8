/* Fails in the way its input names: unreachable (also without input), divide, memory, pointer, stack, abort, malloc. */
#include "faasm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile int zero = 0;
static volatile uintptr_t far_away = 0xFFFFFFF0u;

KEEP_FRAME void reach_unreachable(void) { __builtin_trap(); }
KEEP_FRAME int divide_by_zero(void) { return 42 / zero; }
KEEP_FRAME int read_far_away(void) { return *(volatile int *)far_away; }
KEEP_FRAME int call_wrong_type(int (*function)(int, int)) { return function(1, 2); }

KEEP_FRAME int recurse_forever(int depth) {
  int deeper = depth < zero ? depth : recurse_forever(depth + 1);
  return zero == 0 ? deeper ^ depth : deeper;
}

KEEP_FRAME size_t allocate_everything(void) {
  enum { PIECE = 64 * 1024 * 1024 };
  size_t total = 0;
  for (;;) {
    volatile char *piece = malloc(PIECE);
    if (piece == NULL) {
      fprintf(stderr, "trap: no memory after %zu MiB\n", total / 1024 / 1024);
      abort();
    }
    *piece = 1;
    total += PIECE;
  }
}

KEEP_FRAME int fail_as(const char *way) {
  if (strcmp(way, "divide") == 0) return divide_by_zero();
  if (strcmp(way, "memory") == 0) return read_far_away();
  if (strcmp(way, "pointer") == 0) return call_wrong_type((int (*)(int, int))(uintptr_t)&divide_by_zero);
  if (strcmp(way, "stack") == 0) return recurse_forever(0);
  if (strcmp(way, "abort") == 0) abort();
  if (strcmp(way, "malloc") == 0) return (int)allocate_everything();
  reach_unreachable();
  return 0;
}

int main(void) {
  char way[16] = "unreachable";
  uint8_t text[16] = {0};
  if (__faasm_read_input(text, sizeof text - 1) > 0) memcpy(way, text, sizeof way);
  return fail_as(way);
}
