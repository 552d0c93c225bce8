/* Two threads: one waits, the other fails with abort. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static void *wait_here(void *nothing) {
  pause();
  return nothing;
}

static void *fail_here(void *nothing) {
  pthread_setname_np(pthread_self(), "failing");
  abort();
  return nothing;
}

int main(void) {
  pthread_t waiting, failing;
  pthread_create(&waiting, NULL, wait_here, NULL);
  pthread_create(&failing, NULL, fail_here, NULL);
  return pthread_join(failing, NULL);
}
