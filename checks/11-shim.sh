#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
subject 'The shim that lies here comes from the source beside it, and touches no memory that is not its own'

here=drivers/shim/src/main/resources/org/promisegrid/shim
if ! command -v musl-gcc >/dev/null; then
  skip 'no musl-gcc to build it with'
else
  run drivers/shim/build.sh "$tmp/shim"
  equal 'it builds' 0 "$code"
  binary=shim-$(uname -m)
  made_by=12.2.0 # another version makes other bytes of the same source
  version=$(gcc -dumpfullversion)
  if [[ $version != "$made_by" || ! -f $here/$binary ]]; then
    skip "gcc $version on $(uname -m) makes other bytes than $made_by on x86_64, which made the one here"
  else
    same_bytes "$binary" "$here/$binary" "$tmp/shim/$binary"
  fi
fi

if ! echo 'int main(void) { return 0; }' | gcc -fsanitize=address,undefined -x c -o "$tmp/probe" - 2>/dev/null; then
  skip 'no gcc that watches memory'
  exit
fi
run gcc -g -O1 -std=c17 -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all \
  -o "$tmp/watched" drivers/shim/src/main/c/shim.c
equal 'it builds with its memory watched' 0 "$code"
report=drivers/shim/target/surefire-reports/TEST-org.promisegrid.shim.ShimTest.xml
rm -f "$report"
# What is found ends it with a code that no test takes. It lets nobody look into it, so leaks aren't looked for.
ASAN_OPTIONS=detect_leaks=0:exitcode=99 run ./mvnw -q -B -Dfast -pl drivers/shim -am test -Dgrid.shim="$tmp/watched" \
  -Dtest='ShimTest,ShimConnectionTest' -Dsurefire.failIfNoSpecifiedTests=false
equal 'all its tests pass, nonsense among them' 0 "$code"
holds 'and they did run' grep -q '<testcase name="whoeverSaysNonsenseIsHungUpOn"' "$report"
((code == 0)) || note "$(tail -n 40 "$tmp/out")"
