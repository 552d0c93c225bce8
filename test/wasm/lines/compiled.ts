import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeName, sectionBytes, writeModule } from '../../../src/engine/tagged-module.ts';
import { functionSymbols } from '../../../src/wasm/function-symbols.ts';
import { FunctionBodies } from '../../../src/wasm/lines/function-bodies.ts';
import { moduleLines } from '../../../src/wasm/lines/module-lines.ts';
import { readWasm } from '../../../src/wasm/wasm-module.ts';

// Line numbers matter: tests name them.
export const C_SOURCE = `#include <stdio.h>
#include <stdlib.h>
static inline __attribute__((always_inline)) int twice(int a) {
  return a * 2 + rand();
}
__attribute__((noinline)) int work(int n) {
  int s = 0;
  for (int i = 0; i < n; i++)
    s += twice(i);
  return s;
}
int dropped(int a) { return a + 1; }
int main(int argc, char **argv) {
  (void)argv;
  printf("%d\\n", work(argc + 3));
  if (argc > 2) __builtin_trap();
  return 0;
}
`;

export const CPP_SOURCE = `#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>
namespace geo {
template <typename T> struct Stack {
  std::vector<T> v;
  void push(T x);
  T pop() { T x = v.back(); v.pop_back(); return x; }
};
template <typename T> void Stack<T>::push(T x) {
  v.push_back(x);
}
struct Shape { virtual double area() const = 0; virtual ~Shape() = default; };
struct Box : Shape { double w, h; Box(double a, double b); double area() const override; };
Box::Box(double a, double b) : w(a), h(b) {}
double Box::area() const
{
  return w * h;
}
}
int main(int argc, char **argv) {
  geo::Stack<int> s;
  for (int i = 0; i < argc + 10; i++) s.push(i * 7 % 5);
  std::sort(s.v.begin(), s.v.end(), [](int a, int b) { return a > b; });
  geo::Box b(argc, 2);
  geo::Shape *p = &b;
  std::string t = argv[0];
  t += "x";
  printf("%d %f %s\\n", s.pop(), p->area(), t.c_str());
}
`;

/** A scratch folder; whoever makes it removes it. */
export function scratch(): string {
  return mkdtempSync(join(tmpdir(), 'lines-test-'));
}

/** Compiles `source` in `folder` and gives the module's path. */
export function compiled(folder: string, name: string, source: string, flags: readonly string[]): string {
  const isCpp = source === CPP_SOURCE;
  const file = `${name}.${isCpp ? 'cpp' : 'c'}`;
  writeFileSync(join(folder, file), source);
  const output = join(folder, `${name}.wasm`);
  const own = isCpp ? ['-fno-exceptions'] : [];
  execFileSync(
    isCpp ? 'clang++-14' : 'clang-14',
    ['--target=wasm32-wasi', ...own, ...flags, '-o', output, file],
    {
      cwd: folder,
    },
  );
  return output;
}

/** A module with its lines; a problem with them is thrown. */
export function opened(path: string) {
  const bytes = readFileSync(path);
  const module = readWasm(bytes, path);
  const lines = moduleLines(bytes, module, {
    path,
    note: (error) => {
      throw error;
    },
  });
  const symbols = functionSymbols(module).filter(({ kind }) => kind === 'def');
  return { bytes, module, lines, symbols, bodies: new FunctionBodies(bytes, module, path) };
}

/** A small module without a C library, so that its debug sections have a few hundred bytes. */
export const TINY_SOURCE = `static int square(int a) { return a * a; }
__attribute__((noinline)) int add(int a, int b) {
  return a + square(b);
}
int run(int a) { return add(a, 2) + 1; }
`;
export const TINY_FLAGS: readonly string[] = ['-nostdlib', '-Wl,--no-entry', '-Wl,--export-all'];

/** A module whose custom sections are replaced by these; one without contents is left out. */
export function withSections(
  bytes: Uint8Array,
  contents: ReadonlyMap<string, Uint8Array | undefined>,
): Uint8Array {
  const module = readWasm(bytes);
  const kept = module.sections.filter(({ id, name }) => id !== 0 || !contents.has(name));
  const added = [...contents].flatMap(([name, content]) =>
    content === undefined ? [] : [{ id: 0, payload: Buffer.concat([encodeName(name), content]) }],
  );
  return writeModule(bytes, [...kept.map((section) => sectionBytes(bytes, section)), ...added]);
}

/** What a section that names a file holds. */
export function urlSection(url: string): Uint8Array {
  return encodeName(url);
}
