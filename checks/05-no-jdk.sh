#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
subject 'Without a JDK 25 every entrance says so in one sentence'

# A path with what a base system has, but no Java.
mkdir -p "$tmp/bin" "$tmp/home"
for tool in bash sh env cat basename dirname uname readlink tr find head sed grep; do
  ln -s "$(command -v "$tool")" "$tmp/bin/$tool"
done

# A directory that looks like a JDK of the given version.
jdk() { # home version
  mkdir -p "$1/bin"
  printf '#!/bin/sh\necho never asked\n' | tee "$1/bin/java" >"$1/bin/javac"
  chmod +x "$1/bin/java" "$1/bin/javac"
  printf 'IMPLEMENTOR="Nobody"\nJAVA_VERSION="%s"\n' "$2" >"$1/release"
}
jdk "$tmp/jdk-17" 17.0.15
jdk "$tmp/jdks/jdk 26" 26
jdk "$tmp/jdks/z25" 25.0.3

bare() { env -i PATH="$tmp/bin" HOME="$tmp/home" "$@"; }

for entrance in ./grid ./mvnw ./check; do
  run bare GRID_JDK_DIRS='' "$entrance"
  differ "$entrance fails" 0 "$code"
  contains "$entrance says what to install" 'needs a JDK 25 or later and found none: install one' "$err"
  equal "$entrance says it in one line" 1 "$(wc -l <"$tmp/err")"
  run bare GRID_JDK_DIRS="$tmp/jdk-*" JAVA_HOME="$tmp/jdk-17" PATH="$tmp/bin:$tmp/jdk-17/bin" "$entrance"
  contains "$entrance passes over a JDK 17" 'needs a JDK 25 or later and found none' "$err"
done

# shellcheck disable=SC2016 # the inner shell expands it
found() { bare "$@" sh -c '. ./.mvn/find-jdk.sh && echo "$JAVA_HOME"'; }
run found GRID_JDK_DIRS="$tmp/jdks/*"
equal 'an exact 25 is preferred' "$tmp/jdks/z25" "$out"
run found GRID_JDK_DIRS="$tmp/jdk-*:$tmp/jdks/jdk*"
equal 'a later one will do, blanks in its path or not' "$tmp/jdks/jdk 26" "$out"
run found GRID_JDK_DIRS="$tmp/jdks/*" JAVA_HOME="$tmp/jdks/jdk 26"
equal 'JAVA_HOME comes first' "$tmp/jdks/jdk 26" "$out"
run found GRID_JDK_DIRS="$tmp/jdks/*" PATH="$tmp/bin:$tmp/jdks/jdk 26/bin"
equal 'the java on PATH comes second' "$tmp/jdks/jdk 26" "$out"

# Some versions of 25 lose wake-ups of virtual threads.
jdk "$tmp/early/a25" 25.0.1
jdk "$tmp/early/b25" 25.0.2
jdk "$tmp/early/c25" 25
run found GRID_JDK_DIRS="$tmp/early/*:$tmp/jdks/*"
equal 'of several 25 the newest is taken' "$tmp/jdks/z25" "$out"
run found GRID_JDK_DIRS="$tmp/jdks/*:$tmp/early/*" PATH="$tmp/bin:$tmp/early/b25/bin"
equal 'a sound one elsewhere comes before one on PATH that is not' "$tmp/jdks/z25" "$out"
run found GRID_JDK_DIRS="$tmp/early/*:$tmp/jdks/jdk*" PATH="$tmp/bin:$tmp/early/b25/bin"
equal 'a later one, too' "$tmp/jdks/jdk 26" "$out"
run found GRID_JDK_DIRS="$tmp/early/*"
equal 'where there is no sound one, the newest will do' "$tmp/early/b25" "$out"
run found GRID_JDK_DIRS="$tmp/jdk-*" PATH="$tmp/bin:$tmp/early/a25/bin"
equal 'or the one on PATH' "$tmp/early/a25" "$out"
run found GRID_JDK_DIRS="$tmp/jdks/*" JAVA_HOME="$tmp/early/a25"
equal 'and what JAVA_HOME names is its owner'"'"'s choice' "$tmp/early/a25" "$out"
