#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
subject 'The programs that lie here compiled come from the sources beside them'

# Other versions of the compiler make other bytes of the same sources.
made_by=14.0.6
tests=drivers/tck/src/main/resources/org/promisegrid/tck/wasm

linux=drivers/tck/src/main/resources/org/promisegrid/tck/linux
linux_made_by=12.2.0
if ! command -v musl-gcc >/dev/null; then
  skip 'no musl-gcc to build those for Linux with'
else
  run drivers/tck/programs/build-linux.sh "$tmp/linux"
  equal 'the programs for Linux build' 0 "$code"
  binary=programs-$(uname -m)
  version=$(gcc -dumpfullversion)
  if [[ $version != "$linux_made_by" || ! -f $linux/$binary ]]; then
    skip "gcc $version on $(uname -m) makes other bytes than $linux_made_by on x86_64, which made the ones here"
  else
    same_bytes "$binary" "$linux/$binary" "$tmp/linux/$binary"
  fi
fi

run clang --version
version=$(sed -n '1s/.*clang version \([0-9.]*\).*/\1/p' <<<"$out")
if ((code)) || ! command -v wasm-ld >/dev/null || [[ ! -e /usr/lib/wasm32-wasi/libc.a ]]; then
  skip 'no clang, lld and wasi-libc to build them with'
  exit
fi
for set in examples drivers/tck/programs; do
  case $set in examples) here=examples ;; *) here=$tests ;; esac
  mkdir -p "$tmp/$set"
  run "$set/build.sh" "$tmp/$set"
  equal "the programs of $set build" 0 "$code"
  if [[ $version != "$made_by" ]]; then
    skip "clang $version makes other bytes than $made_by, which made those of $set"
    continue
  fi
  equal "those of $set are all there" "$(cd "$tmp/$set" && ls)" "$(cd "$here" && ls -- *.wasm)"
  for program in "$here"/*.wasm; do
    same_bytes "${program##*/}" "$program" "$tmp/$set/${program##*/}"
  done
done
