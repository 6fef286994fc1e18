#!/bin/sh
# Builds the shim, into the folder named or where the drivers take it from: for this machine with Debian's musl-tools,
# and for another architecture with its gcc-ARCHITECTURE-linux-gnu and Debian's musl for it. The same source and the
# same packages give the same bytes, wherever the folder lies.
#
#   drivers/shim/build.sh [FOLDER [x86_64|aarch64]]    # ends with 69 where that musl can't be had
set -eu
here=$(cd "$(dirname "$0")" && pwd)
into=${1:-$here/src/main/resources/org/promisegrid/shim}
arch=${2:-$(uname -m)}
mkdir -p "$into"
into=$(cd "$into" && pwd)
cd "$here"

compile() { # compiler and its options
  "$@" -static -Os -std=c17 -Wall -Wextra -Werror -s -Wl,--build-id=none -o "$into/shim-$arch" src/main/c/shim.c
}

if [ "$arch" = "$(uname -m)" ]; then
  compile musl-gcc
  exit
fi

# Debian's musl for another architecture, from the archives that this machine takes its packages from, and verified as
# they are, in a state of apt's that goes afterwards: the machine itself learns of no second architecture.
case $arch in
x86_64) debian=amd64 ;;
aarch64) debian=arm64 ;;
*) echo "build.sh: there is no shim for $arch" >&2 && exit 2 ;;
esac
musl=$(mktemp -d)
trap 'rm -rf "$musl"' EXIT
mkdir -p "$musl/state/lists/partial" "$musl/cache/archives/partial"
apt() {
  apt-get -qq -o APT::Architecture=$debian -o APT::Architectures=$debian -o Dir::State="$musl/state" \
    -o Dir::State::status=/dev/null -o Dir::Cache="$musl/cache" -o APT::Sandbox::User="$(id -un)" "$@"
}
{ apt update && (cd "$musl" && apt download musl-dev) && [ -f "$musl"/musl-dev_*.deb ]; } ||
  { echo "build.sh: Debian's musl for $debian can't be had from here" >&2 && exit 69; }
dpkg-deb -x "$musl"/musl-dev_*.deb "$musl"
sed "s:/usr/:$musl/usr/:g" "$musl/usr/lib/$arch-linux-musl/musl-gcc.specs" >"$musl/specs"
compile "$arch-linux-gnu-gcc" -specs "$musl/specs"
