import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** C with every kind of symbol that the rules tell apart. */
export const everyKind = `
#include <stdio.h>
#include <string.h>
int table[64] = {1};
int zeros[64];
__attribute__((noinline)) static int hidden_helper(int x) { return x * 3; }
int plain(int x) { return hidden_helper(x) + table[x & 63]; }
int weak_one(int x) __attribute__((weak));
int weak_one(int x) { return x + 1; }
int strong_alias(int x) __attribute__((alias("plain")));
int __marked_alias(int x) __attribute__((alias("plain")));
int a_much_longer_alias(int x) __attribute__((alias("plain")));
static int (*resolve(void))(int) { return plain; }
int indirect(int x) __attribute__((ifunc("resolve")));
asm(".text\\n.globl bare_first, bare, bare_second_longer\\n.type bare_first,@function\\n.type bare,@function\\n"
    "bare_first:\\nbare_second_longer:\\nbare: nop\\n nop\\n ret\\n"
    "label_without_type: nop\\n ret\\n"
    ".hidden hidden_label\\n.globl hidden_label\\nhidden_label: nop\\n ret\\n"
    ".globl outer\\n.type outer,@function\\nouter: nop\\n nop\\n nop\\n"
    ".globl inner\\n.type inner,@function\\ninner: nop\\n nop\\n.size inner, .-inner\\n nop\\n nop\\n nop\\n ret\\n.size outer, .-outer\\n");
int main(int argc, char **argv) {
  printf("%d %zu %d\\n", plain(argc), strlen(argv[0]), weak_one(indirect(argc)));
  memset(zeros, argc, sizeof zeros);
  puts("end");
  return zeros[3];
}
`;

/** C++ whose names compare differently mangled and demangled. */
export const cxx = `
#include <string>
#include <vector>
namespace outer { struct Shape { virtual ~Shape(); virtual int area(int) const; template <class T> T twice(T) const; }; }
outer::Shape::~Shape() {}
int outer::Shape::area(int x) const { return x; }
template <class T> T outer::Shape::twice(T x) const { return x + x; }
template int outer::Shape::twice<int>(int) const;
template std::string outer::Shape::twice<std::string>(std::string) const;
extern "C" int c_alias(int) __attribute__((alias("_Z10cpp_with_ai")));
int cpp_with_a(int x) { return x + 1; }
int main() { std::vector<std::string> v{"a"}; return outer::Shape().twice(v[0]).size() + cpp_with_a(1); }
`;

/** A folder of its own below the machine's temporary one. */
export function scratchFolder(): string {
  return mkdtempSync(join(tmpdir(), 'symbols-'));
}

/** Compiles a source and gives the path of what came out. */
export function compiled(
  folder: string,
  name: string,
  source: string,
  flags: readonly string[] = [],
): string {
  const isCxx = source === cxx;
  const file = join(folder, `${name}.${isCxx ? 'cc' : 'c'}`);
  writeFileSync(file, source);
  const output = join(folder, name);
  execFileSync(isCxx ? 'g++' : 'gcc', ['-O1', '-w', '-fPIC', '-o', output, file, ...flags], {
    stdio: 'pipe',
  });
  return output;
}
