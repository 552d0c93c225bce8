/* Sleeps as many milliseconds as its input says (100 when there is none). */
#include "faasm.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(void) {
  uint8_t text[16] = {0};
  long milliseconds = __faasm_read_input(text, sizeof text - 1) > 0 ? atol((char *)text) : 100;
  if (milliseconds < 0) return 1;
  struct timespec duration = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  nanosleep(&duration, NULL);
  char output[40];
  __faasm_write_output(output, snprintf(output, sizeof output, "Slept %ld ms", milliseconds));
  return 0;
}
