#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
subject 'The shim that lies here comes from the source beside it, and touches no memory that is not its own'

here=drivers/shim/src/main/resources/org/promisegrid/shim
made_by=12.2.0 # another version makes other bytes of the same source

comes_from_source() { # architecture compiler
  command -v "$2" >/dev/null || { skip "no $2 to build the shim for $1 with" && return; }
  run drivers/shim/build.sh "$tmp/shim" "$1"
  ((code != 69)) || { skip "$err" && return; }
  equal "the shim for $1 builds" 0 "$code"
  local version
  version=$("$2" -dumpfullversion)
  if [[ $version != "$made_by" || $(uname -m) != x86_64 ]]; then
    skip "gcc $version on $(uname -m) makes other bytes than $made_by on x86_64, which made the one here"
  else
    same_bytes 'it is the one that lies here, byte for byte' "$here/shim-$1" "$tmp/shim/shim-$1"
  fi
}
if [[ $(uname -m) == x86_64 ]]; then
  comes_from_source x86_64 musl-gcc
  comes_from_source aarch64 aarch64-linux-gnu-gcc
else
  skip 'on x86_64 alone'
fi

# Tests of one class or several with a shim other than the one that is shipped for this machine.
tested() { # shim tests
  rm -f drivers/shim/target/surefire-reports/TEST-*.xml
  run ./mvnw -q -B -Dfast -pl drivers/shim -am test -Dgrid.shim="$1" -Dtest="$2" -Dsurefire.failIfNoSpecifiedTests=false
}
did_run() { grep -q "<testcase name=\"$2\"" "drivers/shim/target/surefire-reports/TEST-org.promisegrid.shim.$1.xml"; }

# The emulator has no numbers of processes but the guest's, and lets nobody ask for orphans: so the shim is process 1 of
# its own world, as in a container, and tests that look at its processes from outside are left out.
if [[ $EUID -ne 0 ]] || ! command -v qemu-aarch64-static >/dev/null; then
  skip 'no emulator of aarch64 here, or not root: the shim for it was not run'
elif [[ $(uname -m) != aarch64 ]]; then
  printf '#!/bin/sh\nexec unshare --pid --fork --kill-child --mount-proc qemu-aarch64-static %s\n' "$root/$here/shim-aarch64" >"$tmp/emulated"
  chmod +x "$tmp/emulated"
  tests=ShimTest,ShimConnectionTest,!ShimConnectionTest#aShimThatDiesIsLost
  for outside in moreInputThanItMaySendEndsIt nothingThatItLeftLivesOn whatLetGoOfItsStreamsIsEndedToo \
    anOwnerWhoIsGoneTakesTheWorkloadAlong aWorkloadOfTheSameUserSpeaksForNobody; do
    tests+=",!ShimTest#$outside"
  done
  tested "$tmp/emulated" "$tests"
  equal 'that for aarch64, emulated, passes the tests' 0 "$code"
  holds 'and they did run' did_run ShimConnectionTest muchGoesThroughByteForByteAndLittleIsOnItsWay
  ((code == 0)) || note "$(tail -n 40 "$tmp/out")"
fi

if ! echo 'int main(void) { return 0; }' | gcc -fsanitize=address,undefined -x c -o "$tmp/probe" - 2>/dev/null; then
  skip 'no gcc that watches memory'
  exit
fi
run gcc -g -O1 -std=c17 -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all \
  -o "$tmp/watched" drivers/shim/src/main/c/shim.c
equal 'it builds with its memory watched' 0 "$code"
# What is found ends it with a code that no test takes. It lets nobody look into it, so leaks aren't looked for.
ASAN_OPTIONS=detect_leaks=0:exitcode=99 tested "$tmp/watched" ShimTest,ShimConnectionTest
equal 'all its tests pass, nonsense among them' 0 "$code"
holds 'and they did run' did_run ShimTest whoeverSaysNonsenseIsHungUpOn
((code == 0)) || note "$(tail -n 40 "$tmp/out")"
