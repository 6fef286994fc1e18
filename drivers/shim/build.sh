#!/bin/sh
# Builds the shim, into the folder named or where the drivers take it from. Needs Debian's musl-tools. The same source
# and the same packages give the same bytes, wherever the folder lies.
set -eu
cd "$(dirname "$0")"
into=${1:-src/main/resources/org/promisegrid/shim}
mkdir -p "$into"
musl-gcc -static -Os -std=c17 -Wall -Wextra -Werror -s -Wl,--build-id=none -o "$into/shim-$(uname -m)" src/main/c/shim.c
