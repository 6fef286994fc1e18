# Sourced by grid, mvnw and check: points JAVA_HOME at a JDK 25 or later, or says what to install and
# returns 1. Sees to a locale of UTF-8, too. It uses nothing but the shell, so that it can still speak where little else is installed.
#
# Looked at in turn: JAVA_HOME, which is the owner's choice; the `java` on PATH; then every directory matching one
# of the patterns in GRID_JDK_DIRS (separated by colons). Among those the newest 25 is preferred. One before 25.0.3,
# which loses wake-ups of virtual threads, is taken only if there is no other.

: "${GRID_JDK_DIRS=/usr/lib/jvm/*:/opt/*:/opt/*/*:${HOME:-/root}/.sdkman/candidates/java/*:${HOME:-/root}/.jdks/*:/Library/Java/JavaVirtualMachines/*/Contents/Home}"

grid_jdk_sound=25000003

# Prints the version of the JDK at $1 as a number, 25000003 for 25.0.3; fails where there is no compiler.
grid_jdk_version() (
  [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || exit 1
  while IFS='=' read -r key value; do
    if [ "$key" = JAVA_VERSION ]; then
      value=${value#\"}
      IFS=.
      # shellcheck disable=SC2086 # its parts
      set -- ${value%%[!0-9.]*}
      echo $((${1:-0} * 1000000 + ${2:-0} * 1000 + ${3:-0}))
      exit
    fi
  done <"$1/release"
  exit 1
)

# Prints the home of the best JDK found.
grid_find_jdk() (
  set +euf
  unset CDPATH
  if [ -n "${JAVA_HOME-}" ] && [ "$(grid_jdk_version "$JAVA_HOME" || echo 0)" -ge 25000000 ]; then
    echo "$JAVA_HOME"
    return 0
  fi
  unsound=
  java=$(command -v java) && java=$(readlink -f "$java" 2>/dev/null) && home=${java%/bin/java} &&
    version=$(grid_jdk_version "$home") && [ "$version" -ge 25000000 ] &&
    if [ "$version" -ge $grid_jdk_sound ]; then echo "$home" && return 0; else unsound=$home; fi
  best=0 exact='' later=''
  IFS=:
  for home in $GRID_JDK_DIRS; do
    version=$(grid_jdk_version "$home") || continue
    [ "$version" -lt 26000000 ] || later=$home
    [ "$version" -ge 25000000 ] && [ "$version" -lt 26000000 ] && [ "$version" -gt $best ] && best=$version exact=$home
  done
  if [ $best -lt $grid_jdk_sound ] && [ -n "$later" ]; then exact=$later; fi
  if [ $best -lt $grid_jdk_sound ] && [ -z "$later" ] && [ -n "$unsound" ]; then exact=$unsound; fi
  [ -n "$exact" ] && echo "$exact"
)

if JAVA_HOME=$(grid_find_jdk); then
  export JAVA_HOME
else
  echo "PromiseGrid needs a JDK 25 or later and found none: install one (25.0.3 or later, for example Eclipse Temurin from https://adoptium.net) and put its bin on PATH or set JAVA_HOME." >&2
  unset JAVA_HOME
  return 1
fi

# Java takes arguments and names of files as the locale says: without one, as under cron, in ASCII.
case "${LC_ALL:-${LC_CTYPE:-${LANG:-C}}}" in C | POSIX) export LC_ALL=C.UTF-8 ;; esac
