#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Serves until SIGTERM, which it answers by closing what it has. */

volatile unsigned served;

__attribute__((noinline)) void handle_requests(void) {
  for (unsigned i = 0; i < 3000000; i++) served += i;
}

static void close_all(int signal) {
  (void)signal;
  write(1, "closed\n", 7);
  _exit(0);
}

int main(void) {
  signal(SIGTERM, close_all);
  puts("serving");
  fflush(stdout);
  for (int count = 1;; count++) {
    handle_requests();
    if (count % 100 == 0) printf("served %d\n", count);
    fflush(stdout);
  }
}
