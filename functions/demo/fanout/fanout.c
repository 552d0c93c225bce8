/* Calls demo/sleep many times at once and waits for all of them. Its input is "COUNT[,MILLISECONDS]" (5,50 when there is
 * none); with 0 milliseconds it calls demo/echo instead. */
#include "faasm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct plan {
  long count;
  long milliseconds;
};

KEEP_FRAME struct plan read_plan(void) {
  uint8_t text[32] = {0};
  struct plan plan = {5, 50};
  if (__faasm_read_input(text, sizeof text - 1) > 0) {
    char *rest = NULL;
    plan.count = strtol((char *)text, &rest, 10);
    if (*rest == ',') plan.milliseconds = strtol(rest + 1, NULL, 10);
  }
  return plan;
}

KEEP_FRAME unsigned call_child(struct plan plan, long number) {
  char input[24];
  int size = snprintf(input, sizeof input, "%ld", plan.milliseconds > 0 ? plan.milliseconds : number);
  return __faasm_chain_name(plan.milliseconds > 0 ? "sleep" : "echo", (const uint8_t *)input, size);
}

int main(void) {
  struct plan plan = read_plan();
  if (plan.count < 0 || plan.count > 100000) return 1;
  unsigned *calls = calloc((size_t)plan.count + 1, sizeof *calls);
  if (calls == NULL) return 1;
  for (long i = 0; i < plan.count; i++) calls[i] = call_child(plan, i);
  long failed = 0;
  for (long i = 0; i < plan.count; i++) failed += __faasm_await_call(calls[i]) != 0;
  char output[64];
  __faasm_write_output(output, snprintf(output, sizeof output, "%ld children done", plan.count - failed));
  return failed > 0;
}
