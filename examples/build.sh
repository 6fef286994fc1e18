#!/bin/sh
# Builds the examples as WebAssembly, into the folder named or beside their sources.
# Needs Debian's clang, lld, wasi-libc and libclang-rt-14-dev-wasm32. The same sources and the same
# packages give the same bytes, wherever the folder lies.
set -eu
cd "$(dirname "$0")"
into=${1:-.}
mkdir -p "$into"
clang=${CLANG:-clang}
flags="-std=gnu11 -O2 -Wall -Wextra -Werror -g0 -Wl,--strip-all"
for source in wordcount sha256 mandelbrot spin match sign; do
  $clang --target=wasm32-wasi $flags "$source.c" -lm -o "$into/$source.wasm"
done
# A reactor has no C library and imports nothing.
$clang --target=wasm32 $flags -nostdlib -ffreestanding -fno-builtin -Wl,--no-entry \
  sha256-reactor.c -o "$into/sha256-reactor.wasm"
