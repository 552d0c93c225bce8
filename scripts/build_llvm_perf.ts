#!/usr/bin/env -S sh -c 'exec "$(dirname "$(readlink -f "$0")")/../node_modules/.bin/tsx" "$0" "$@"'
import { fileURLToPath } from 'node:url';
import { $ } from 'zx';

// The perf LLVM without anything built before: what `tasks dev.llvm` does, run from the sources of this package. Takes the
// same flags; `./scripts/build_llvm_perf.ts --help` lists them. bin/build_llvm_perf.sh is the name of Faasm's guide for it.

const program = fileURLToPath(new URL('../tasks/main.ts', import.meta.url));
const tsx = import.meta.resolve('tsx');
const args = process.argv.slice(2);

// A Ctrl-C reaches the child too: it ends its own children and tidies up, then this ends with its exit code.
process.on('SIGINT', () => undefined);
const child = $({
  stdio: 'inherit',
  nothrow: true,
})`${process.execPath} --import ${tsx} ${program} dev.llvm ${args}`;
process.on('SIGTERM', () => void child.kill('SIGTERM'));
process.exitCode = (await child).exitCode ?? 1;
