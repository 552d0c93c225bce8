/* Waits in known places, and prints how long each wait took by its own clock, in microseconds: sleeps, lock. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile int is_held;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

__attribute__((noinline)) double sleep_often(int times) {
  struct timespec pause = {0, 50000000};
  double start = now();
  for (int i = 0; i < times; i++) nanosleep(&pause, 0);
  return now() - start;
}

__attribute__((noinline)) void *hold_lock(void *unused) {
  struct timespec pause = {0, 300000000};
  pthread_mutex_lock(&lock);
  is_held = 1;
  nanosleep(&pause, 0);
  pthread_mutex_unlock(&lock);
  return unused;
}

__attribute__((noinline)) double wait_for_lock(void) {
  double start = now();
  pthread_mutex_lock(&lock);
  double end = now();
  pthread_mutex_unlock(&lock);
  return end - start;
}

__attribute__((noinline)) void work(void) {
  double end = now() + 200000;
  volatile long sum = 0;
  while (now() < end)
    for (int i = 0; i < 10000; i++) sum += i;
}

int main(void) {
  pthread_t holder;
  double slept = sleep_often(10);
  pthread_create(&holder, 0, hold_lock, 0);
  while (!is_held) {
  }
  double waited = wait_for_lock();
  pthread_join(holder, 0);
  work();
  printf("%.0f %.0f\n", slept, waited);
  return 0;
}
