#!/bin/sh
# Builds the test programs as WebAssembly, into the folder named or into the suite's resources.
# Needs Debian's clang, lld, wasi-libc and libclang-rt-14-dev-wasm32. The same sources and the same
# packages give the same bytes, wherever the folder lies.
set -eu
cd "$(dirname "$0")"
into=${1:-../src/main/resources/org/promisegrid/tck/wasm}
mkdir -p "$into"
for source in *.c; do
  [ "$source" != serve.c ] || continue # nothing in there can listen, or be signalled
  ${CLANG:-clang} --target=wasm32-wasi -std=gnu11 -O2 -Wall -Wextra -Werror -g0 \
    -Wl,--strip-all "$source" -o "$into/${source%.c}.wasm"
done
