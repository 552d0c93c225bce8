/* Works with files through WASI: writes lines, reads them back, seeks, renames, lists a folder, looks at the clock. */
#include "faasm.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LINES = 2000 };

KEEP_FRAME void fail_on(const char *what) {
  fprintf(stderr, "files: %s: %s\n", what, strerror(errno));
  exit(1);
}

KEEP_FRAME void write_lines(const char *path) {
  FILE *file = fopen(path, "w");
  if (file == NULL) fail_on(path);
  for (int line = 0; line < LINES; line++) fprintf(file, "%d bottles of data on the wall\n", line);
  if (fclose(file) != 0) fail_on(path);
}

KEEP_FRAME long sum_line_numbers(const char *path) {
  FILE *file = fopen(path, "r");
  if (file == NULL) fail_on(path);
  long sum = 0;
  char line[128];
  while (fgets(line, sizeof line, file) != NULL) sum += atol(line);
  fclose(file);
  return sum;
}

KEEP_FRAME long size_by_seeking(const char *path) {
  FILE *file = fopen(path, "r");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) fail_on(path);
  long size = ftell(file);
  fclose(file);
  return size;
}

KEEP_FRAME int count_entries(const char *path) {
  DIR *folder = opendir(path);
  if (folder == NULL) fail_on(path);
  int count = 0;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) count += entry->d_name[0] != '.';
  closedir(folder);
  return count;
}

KEEP_FRAME int clock_is_sane(void) {
  struct timespec before, after;
  clock_gettime(CLOCK_MONOTONIC, &before);
  clock_gettime(CLOCK_MONOTONIC, &after);
  return time(NULL) > 1600000000 &&
         (after.tv_sec > before.tv_sec || (after.tv_sec == before.tv_sec && after.tv_nsec >= before.tv_nsec));
}

int main(int argc, char **argv) {
  if (mkdir("/tmp/work", 0700) != 0) fail_on("/tmp/work");
  write_lines("/tmp/work/first");
  write_lines("/tmp/work/other");
  if (rename("/tmp/work/first", "/tmp/work/renamed") != 0) fail_on("rename");
  long sum = sum_line_numbers("/tmp/work/renamed");
  long size = size_by_seeking("/tmp/work/renamed");
  int entries = count_entries("/tmp/work");
  if (unlink("/tmp/work/other") != 0) fail_on("unlink");
  struct stat status;
  int is_gone = stat("/tmp/work/other", &status) != 0 && errno == ENOENT;
  char output[160];
  int length = snprintf(output, sizeof output, "sum %ld, size %ld, entries %d, gone %d, clock %d, args %d%s%s", sum,
                        size, entries, is_gone, clock_is_sane(), argc, argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
  __faasm_write_output(output, length);
  return 0;
}
