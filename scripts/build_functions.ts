import { access, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { $ } from 'zx';

// Compiles functions/USER/FUNC/FUNC.c or FUNC.cpp to function.wasm beside it, with the flags of Faasm's own toolchain that
// matter to a host. The same compiler gives the same bytes.
//
//   tsx scripts/build_functions.ts              builds all
//   tsx scripts/build_functions.ts --out DIR    … into DIR/USER/FUNC/function.wasm instead
//   tsx scripts/build_functions.ts --check      builds nothing, fails when a committed file is not what its source gives

const functions = fileURLToPath(new URL('../functions/', import.meta.url));
const MOST_BYTES = 100_000;
const packages = [
  ['/usr/bin/clang-14', 'clang-14'],
  ['/usr/bin/wasm-ld-14', 'lld-14'],
  ['/usr/include/wasm32-wasi/stdio.h', 'wasi-libc'],
  ['/usr/lib/llvm-14/lib/clang/14.0.6/lib/wasi/libclang_rt.builtins-wasm32.a', 'libclang-rt-14-dev-wasm32'],
  ['/usr/lib/wasm32-wasi/libc++.a', 'libc++-14-dev-wasm32'],
  ['/usr/lib/wasm32-wasi/libc++abi.a', 'libc++abi-14-dev-wasm32'],
] as const;
const compile = ['--target=wasm32-wasi', '-O2', '-Wall', '-Wextra', '-Werror', `-I${functions}include`];
const compileCpp = ['-std=c++17', '-fno-exceptions', '-fno-rtti'];
const exported = ['__heap_base', '__data_end', 'malloc', 'free', '__wasm_call_ctors', '__stack_pointer'];
const link = [
  '-Wl,--strip-debug',
  '-Wl,--compress-relocations',
  '-Wl,--stack-first',
  '-Wl,--no-check-features',
  ...exported.map((name) => `-Wl,--export=${name}`),
];

interface Source {
  readonly path: string;
  /** `USER/FUNC` */
  readonly name: string;
}

const { values } = parseArgs({ options: { check: { type: 'boolean' }, out: { type: 'string' } } });
$.quiet = true;
process.exitCode = await main();

async function main(): Promise<number> {
  const missing = await missingPackages();
  if (missing.length > 0) {
    say(`Missing on this machine. Install it: sudo apt-get install -y ${missing.join(' ')}`);
    return 3;
  }
  const scratch = await mkdtemp(join(tmpdir(), 'build-functions-'));
  try {
    const sources = await findSources();
    const different: string[] = [];
    for (const source of sources) {
      const target = join(values.out ?? functions, source.name, 'function.wasm');
      const built = await build(source, scratch);
      const bytes = await readFile(built);
      if (bytes.length > MOST_BYTES) throw new Error(`${source.name} is too big: ${bytes.length} bytes`);
      if (values.check === true) {
        const committed = await readFile(target).catch(() => undefined);
        if (committed === undefined || !bytes.equals(committed)) different.push(source.name);
        continue;
      }
      await mkdir(join(target, '..'), { recursive: true });
      await rename(built, target).catch(async () => await $`cp ${built} ${target}`);
      say(`${relative(process.cwd(), target)}  ${bytes.length} bytes`);
    }
    if (different.length === 0) return 0;
    say(`Not what the source gives: ${different.join(', ')}. Build them: npx tsx scripts/build_functions.ts`);
    return 1;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function missingPackages(): Promise<string[]> {
  const missing: string[] = [];
  for (const [path, name] of packages) {
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (!isThere) missing.push(name);
  }
  return missing;
}

async function findSources(): Promise<Source[]> {
  const files = await readdir(functions, { recursive: true });
  return files
    .filter((file) => /^[^/]+\/([^/]+)\/\1\.(c|cpp)$/.test(file))
    .sort()
    .map((file) => ({ path: join(functions, file), name: join(file, '..') }));
}

/** Compiled in a folder of its own under a plain name, so that no path gets into the bytes. */
async function build({ path, name }: Source, scratch: string): Promise<string> {
  const isCpp = path.endsWith('.cpp');
  const output = join(scratch, `${name.replace('/', '-')}.wasm`);
  const flags = [...compile, ...(isCpp ? compileCpp : []), ...link, '-o', output, basename(path)];
  await $({ cwd: join(path, '..') })`${isCpp ? 'clang++-14' : 'clang-14'} ${flags}`;
  await $`chmod 644 ${output}`;
  return output;
}
