/* The smallest function: prints a greeting and gives one as its output. */
#include "faasm.h"

#include <stdio.h>

static const char GREETING[] = "Hello Faasm!";

int main(void) {
  puts(GREETING);
  __faasm_write_output(GREETING, (long)sizeof GREETING - 1);
  return 0;
}
