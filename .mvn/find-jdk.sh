# Sourced by grid, mvnw and check: points JAVA_HOME at a JDK 25 or later, or says what to install and
# returns 1. Sees to a locale of UTF-8, too. It uses nothing but the shell, so that it can still speak where little else is installed.
#
# Looked at in turn: JAVA_HOME, the `java` on PATH, then every directory matching one of the patterns in
# GRID_JDK_DIRS (separated by colons); an exact 25 is preferred among those.

: "${GRID_JDK_DIRS=/usr/lib/jvm/*:/opt/*:/opt/*/*:${HOME:-/root}/.sdkman/candidates/java/*:${HOME:-/root}/.jdks/*:/Library/Java/JavaVirtualMachines/*/Contents/Home}"

# Prints the feature version of the JDK at $1; fails where there is no compiler.
grid_jdk_feature() {
  [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  while IFS='=' read -r grid_key grid_value; do
    if [ "$grid_key" = JAVA_VERSION ]; then
      grid_value=${grid_value#\"}
      grid_value=${grid_value%%[!0-9]*}
      [ -n "$grid_value" ] && echo "$grid_value"
      return
    fi
  done <"$1/release"
  return 1
}

# Prints the home of the best JDK found.
grid_find_jdk() (
  set +euf
  unset CDPATH
  if [ -n "${JAVA_HOME-}" ] && [ "$(grid_jdk_feature "$JAVA_HOME" || echo 0)" -ge 25 ]; then
    echo "$JAVA_HOME"
    return 0
  fi
  java=$(command -v java) && java=$(readlink -f "$java" 2>/dev/null) && home=${java%/bin/java} &&
    [ "$(grid_jdk_feature "$home" || echo 0)" -ge 25 ] && echo "$home" && return 0
  later=
  IFS=:
  for home in $GRID_JDK_DIRS; do
    feature=$(grid_jdk_feature "$home") || continue
    [ "$feature" -eq 25 ] && echo "$home" && return 0
    [ "$feature" -gt 25 ] && later=$home
  done
  [ -n "$later" ] && echo "$later"
)

if JAVA_HOME=$(grid_find_jdk); then
  export JAVA_HOME
else
  echo "PromiseGrid needs a JDK 25 or later and found none: install one (for example Eclipse Temurin 25 from https://adoptium.net) and put its bin on PATH or set JAVA_HOME." >&2
  unset JAVA_HOME
  return 1
fi

# Java takes arguments and names of files as the locale says: without one, as under cron, in ASCII.
case "${LC_ALL:-${LC_CTYPE:-${LANG:-C}}}" in C | POSIX) export LC_ALL=C.UTF-8 ;; esac
