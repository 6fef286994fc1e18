#!/bin/sh
# Builds the test programs as one static program for Linux, into the folder named or into the suite's resources:
# `programs-x86_64 echo` is the program `echo`. Needs Debian's musl-tools. The same sources and the same packages give
# the same bytes, wherever the folder lies.
set -eu
cd "$(dirname "$0")"
into=${1:-../src/main/resources/org/promisegrid/tck/linux}
mkdir -p "$into"
into=$(cd "$into" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cc="musl-gcc -std=gnu11 -Os -Wall -Wextra -Werror -g0 -fno-ident"
names=
for source in *.c; do
  name=${source%.c}
  [ "$name" != ask ] || continue # it wants a port of the sandbox's own
  $cc -Dmain="main_$name" -c "$source" -o "$work/$name.o"
  names="$names $name"
done
{
  echo '#include <string.h>'
  for name in $names; do echo "int main_$name(int argc, char **argv);"; done
  echo 'int main(int argc, char **argv) {'
  echo '  if (argc < 2) return 127;'
  for name in $names; do echo "  if (!strcmp(argv[1], \"$name\")) return main_$name(argc - 1, argv + 1);"; done
  echo '  return 127;'
  echo '}'
} >"$work/one.c"
cd "$work"
$cc -c one.c -o one.o
# In an order that no file system decides.
# shellcheck disable=SC2046 # names are words
$cc -static -s -Wl,--build-id=none -o "$into/programs-$(uname -m)" one.o $(for name in $names; do echo "$name.o"; done)
