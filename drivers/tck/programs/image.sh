#!/bin/sh
# Packs a folder as a container image of one layer: an archive as `docker save` writes it and `docker load` reads it,
# made without any engine. The same files give the same bytes.
#
#   image.sh FILE.tar FOLDER [ENTRYPOINT…]
set -eu
[ $# -ge 2 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2 && exit 2; }
out=$1 folder=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

case $(uname -m) in x86_64) arch=amd64 ;; aarch64) arch=arm64 ;; *) arch=$(uname -m) ;; esac
pack() { tar --create --format=ustar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 "$@"; }

pack --directory "$folder" . >"$work/layer.tar"
layer=$(sha256sum <"$work/layer.tar" | cut -d' ' -f1)
words=
for word in "$@"; do
  words="$words${words:+,}\"$(printf %s "$word" | sed 's/[\\"]/\\&/g')\""
done
printf '{"architecture":"%s","os":"linux","created":"1970-01-01T00:00:00Z","config":{"Entrypoint":[%s]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
  "$arch" "$words" "$layer" >"$work/config.json"
printf '[{"Config":"config.json","RepoTags":null,"Layers":["layer.tar"]}]' >"$work/manifest.json"
pack --directory "$work" --mode=0644 config.json layer.tar manifest.json >"$out"
