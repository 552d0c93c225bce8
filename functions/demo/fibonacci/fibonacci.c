/* Fibonacci numbers the slow way: a deep, self-similar call tree. Input: which one (30 when there is none). */
#include "faasm.h"

#include <stdio.h>
#include <stdlib.h>

enum { DEFAULT = 30, LARGEST = 45 };

KEEP_FRAME unsigned fibonacci(unsigned n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

KEEP_FRAME unsigned read_number(void) {
  uint8_t text[16] = {0};
  return __faasm_read_input(text, sizeof text - 1) > 0 ? (unsigned)strtoul((char *)text, NULL, 10) : DEFAULT;
}

int main(void) {
  unsigned n = read_number();
  if (n > LARGEST) {
    fprintf(stderr, "fibonacci: at most %d\n", LARGEST);
    return 1;
  }
  char text[32];
  int length = snprintf(text, sizeof text, "%u", fibonacci(n));
  __faasm_write_output(text, length);
  return 0;
}
