/* Calls other functions: by name (demo/echo, demo/fibonacci), by function pointer, one that fails, and with the input
 * "deep" itself again, endlessly, until the host stops it. */
#include "faasm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

KEEP_FRAME int shout_input(void) {
  uint8_t text[64];
  long length = __faasm_read_input(text, sizeof text);
  for (long i = 0; i < length; i++) {
    if (text[i] >= 'a' && text[i] <= 'z') text[i] -= 'a' - 'A';
  }
  __faasm_write_output((char *)text, length);
  return 0;
}

KEEP_FRAME int return_seven(void) { return 7; }

KEEP_FRAME void append_output(char *all, size_t size, const char *label, unsigned call) {
  char *output = NULL;
  int length = 0;
  int result = __faasm_await_call_output(call, &output, &length);
  size_t used = strlen(all);
  snprintf(all + used, size - used, "%s=%.*s (%d)\n", label, length, output, result);
}

KEEP_FRAME int chain_deeper(void) {
  return __faasm_await_call(__faasm_chain_name("chain", (const uint8_t *)"deep", 4));
}

int main(void) {
  uint8_t input[32] = {0};
  long size = __faasm_read_input(input, sizeof input - 1);
  if (strcmp((char *)input, "deep") == 0) return chain_deeper();
  if (size == 0) memcpy(input, "faasm", size = 5);
  char all[512] = "";
  unsigned echo = __faasm_chain_name("echo", input, size);
  unsigned fibonacci = __faasm_chain_name("fibonacci", (const uint8_t *)"10", 2);
  unsigned shout = __faasm_chain_ptr(shout_input, input, size);
  unsigned seven = __faasm_chain_ptr(return_seven, NULL, 0);
  unsigned failing = __faasm_chain_name("exit", (const uint8_t *)"4", 1);
  append_output(all, sizeof all, "echo", echo);
  append_output(all, sizeof all, "fibonacci", fibonacci);
  append_output(all, sizeof all, "shout", shout);
  append_output(all, sizeof all, "seven", seven);
  append_output(all, sizeof all, "exit", failing);
  __faasm_write_output(all, (long)strlen(all));
  return 0;
}
