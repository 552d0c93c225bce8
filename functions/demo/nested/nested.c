/* A tree of calls: each calls itself twice until its input, the depth, is 0 (2 when there is none), one branch a level
 * shorter than the other. The leaves do what demo/fibonacci does. */
#include "faasm.h"

#include <stdio.h>
#include <stdlib.h>

KEEP_FRAME unsigned call_branch(long depth) {
  if (depth <= 0) return __faasm_chain_name("fibonacci", (const uint8_t *)"24", 2);
  char input[16];
  int size = snprintf(input, sizeof input, "%ld", depth);
  return __faasm_chain_name("nested", (const uint8_t *)input, size);
}

int main(void) {
  uint8_t text[16] = {0};
  long depth = __faasm_read_input(text, sizeof text - 1) > 0 ? atol((char *)text) : 2;
  if (depth < 0 || depth > 16) return 1;
  unsigned left = call_branch(depth - 1);
  unsigned right = call_branch(depth - 2);
  if (__faasm_await_call(left) != 0 || __faasm_await_call(right) != 0) return 1;
  char output[32];
  __faasm_write_output(output, snprintf(output, sizeof output, "depth %ld done", depth));
  return 0;
}
