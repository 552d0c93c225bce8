/* Counts its chained calls in Faasm's state: each adds one to a value that all of them share. */
#include "faasm.h"

#include <stdio.h>

enum { CALLS = 5 };
static const char KEY[] = "counter";

KEEP_FRAME int add_one(void) {
  uint32_t count = 0;
  __faasm_read_state(KEY, (uint8_t *)&count, sizeof count);
  count++;
  __faasm_write_state(KEY, (const uint8_t *)&count, sizeof count);
  return 0;
}

int main(void) {
  uint32_t count = 0;
  __faasm_write_state(KEY, (const uint8_t *)&count, sizeof count);
  for (int call = 0; call < CALLS; call++) {
    if (__faasm_await_call(__faasm_chain_ptr(add_one, NULL, 0)) != 0) return 1;
  }
  __faasm_read_state(KEY, (uint8_t *)&count, sizeof count);
  char output[32];
  __faasm_write_output(output, snprintf(output, sizeof output, "%u calls", count));
  return 0;
}
