// A runtime that compiles two functions, names them as it is told, and runs them: `named_jit map|dump OUTER INNER
// [FIRST …]`. FIRST are functions of the runtime's own, loaded before and never called.
//   map    /tmp/perf-PID.map (tools/perf/Documentation/jit-interface.txt), as WAMR, wazero and Wasmer write it
//   dump   ./jit-PID.dump (jitdump-specification.txt), as Wasmtime and WAVM write it
// OUTER calls INNER, which spins. Both keep frame pointers. The file `pid` tells which process it was. x86-64 only.
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

typedef struct {
  const char *name;
  uint8_t *code;
  size_t size;
} Function;

static uint8_t *put(uint8_t *at, const void *bytes, size_t size) { return (uint8_t *)memcpy(at, bytes, size) + size; }

static const uint8_t prologue[] = {0x55, 0x48, 0x89, 0xe5};   // push %rbp; mov %rsp,%rbp
static const uint8_t epilogue[] = {0x5d, 0xc3};               // pop %rbp; ret
static const uint8_t spin[] = {0x48, 0xff, 0xcf, 0x75, 0xfb}; // again: dec %rdi; jne again
static const uint8_t load_rax[] = {0x48, 0xb8};               // movabs $…,%rax
static const uint8_t call_rax[] = {0xff, 0xd0};

static void write_map(const Function *functions, size_t count) {
  char path[64];
  snprintf(path, sizeof path, "/tmp/perf-%d.map", getpid());
  FILE *map = fopen(path, "w");
  if (map == NULL) exit(1);
  for (size_t i = 0; i < count; i++)
    fprintf(map, "%lx %zx %s\n", (unsigned long)functions[i].code, functions[i].size, functions[i].name);
  fclose(map);
}

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void write_dump(const Function *functions, size_t count) {
  char path[64];
  snprintf(path, sizeof path, "jit-%d.dump", getpid());
  FILE *dump = fopen(path, "w+");
  if (dump == NULL) exit(1);
  struct {
    uint32_t magic, version, size, machine, pad, pid;
    uint64_t time, flags;
  } header = {0x4a695444, 1, sizeof header, 62, 0, (uint32_t)getpid(), now_ns(), 0};
  fwrite(&header, sizeof header, 1, dump);
  for (size_t i = 0; i < count; i++) {
    const Function *made = &functions[i];
    size_t name = strlen(made->name) + 1;
    struct {
      uint32_t id, size;
      uint64_t time;
      uint32_t pid, tid;
      uint64_t vma, address, code_size, index;
    } load = {0, 0, now_ns(), (uint32_t)getpid(), (uint32_t)getpid(), (uint64_t)made->code, (uint64_t)made->code, made->size, i + 1};
    load.size = (uint32_t)(sizeof load + name + made->size);
    fwrite(&load, sizeof load, 1, dump);
    fwrite(made->name, name, 1, dump);
    fwrite(made->code, made->size, 1, dump);
  }
  fflush(dump);
  // The mapping is how perf learns of the dump.
  if (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fileno(dump), 0) == MAP_FAILED) exit(1);
  fclose(dump);
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  uint8_t *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 1;
  uint8_t *inner = memory + 256, *at = put(memory, prologue, sizeof prologue);
  at = put(at, load_rax, sizeof load_rax);
  at = put(at, &inner, sizeof inner);
  at = put(at, call_rax, sizeof call_rax);
  size_t outer_size = (size_t)(put(at, epilogue, sizeof epilogue) - memory);
  at = put(inner, prologue, sizeof prologue);
  at = put(at, spin, sizeof spin);
  size_t inner_size = (size_t)(put(at, epilogue, sizeof epilogue) - inner);
  size_t count = 0;
  Function functions[64];
  for (int i = 4; i < argc && count < 62; i++) {
    functions[count] = (Function){argv[i], memory + 1024 + 16 * count, 16};
    count++;
  }
  functions[count++] = (Function){argv[2], memory, outer_size};
  functions[count++] = (Function){argv[3], inner, inner_size};
  (strcmp(argv[1], "map") == 0 ? write_map : write_dump)(functions, count);
  FILE *pid = fopen("pid", "w");
  if (pid == NULL) return 1;
  fprintf(pid, "%d", getpid());
  fclose(pid);
  void (*run)(uint64_t) = (void (*)(uint64_t))(void *)memory;
  for (int i = 0; i < 300; i++) run(1000000);
  return 0;
}
