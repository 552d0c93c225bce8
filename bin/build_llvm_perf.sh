#!/bin/sh
exec "$(dirname "$(readlink -f "$0")")/../scripts/build_llvm_perf.ts" "$@"
