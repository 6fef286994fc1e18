#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
subject 'Two checks in one tree keep out of each other'"'"'s way, and what a subject started ends with it'

# A tree whose build and only subject are made up, and a path where nothing is installed.
tree=$tmp/tree
mkdir -p "$tree"/{checks,agent,drivers,bench,packaging,target,.mvn} "$tmp/bin"
cp check "$tree"
cp .mvn/find-jdk.sh "$tree/.mvn"
cp checks/lib.sh checks/agents.sh checks/engine.sh checks/podman.sh "$tree/checks"
printf '#!/bin/sh\n' | tee "$tree/mvnw" "$tree/grid" >"$tree/packaging/train"
chmod +x "$tree/mvnw" "$tree/grid" "$tree/packaging/train"
for tool in bash sh env cat basename dirname readlink find sed grep awk cut tr head tail mkdir mktemp mv rm sleep curl jq git cmp \
  flock timeout touch; do
  ln -s "$(command -v "$tool")" "$tmp/bin/$tool"
done
cat >"$tree/checks/01-stuck.sh" <<'END'
. "$(dirname "$0")/lib.sh"
subject 'It never ends'
# Like an agent that `grid up` started: in a session of its own, with the home's lock open, and named in it.
mkdir "$tmp/home"
setsid bash -c 'exec 7>"$1/lock"; echo $$ >&7; exec sleep 100000' - "$tmp/home" </dev/null >/dev/null 2>&1 &
await test -s "$tmp/home/lock"
cp "$tmp/home/lock" "$STARTED.agent"
echo $$ >"$STARTED.new" && mv "$STARTED.new" "$STARTED"
exec sleep 100000
END
ln -s "$(command -v setsid)" "$(command -v cp)" "$tmp/bin"

checks() { env PATH="$tmp/bin" JAVA_HOME="$JAVA_HOME" STARTED="$tmp/started" "$tree/check"; }
checks >"$tmp/first" 2>&1 &
first=$!
await test -s "$tmp/started" || fail 'a check runs its subjects' "$(cat "$tmp/first")"
run checks
equal 'a second one in the same tree is refused' 1 "$code"
contains 'with what to do' "another check runs in $tree: wait for its end" "$err"
agent=$(<"$tmp/started.agent")
holds 'what the subject started runs' kill -0 "$agent"
kill -9 "$(<"$tmp/started")"
code=0 && wait "$first" || code=$?
equal 'a subject that is killed is one that failed' 1 "$code"
contains 'and is named' 'failed: 01-stuck' "$(<"$tmp/first")"
gone() { ! kill -0 "$agent" 2>/dev/null || [[ $(ps -o stat= -p "$agent") == Z* ]]; }
holds 'what it started ends with it' await gone
equal 'and leaves nothing' '' "$(find "$tmp" -mindepth 1 -name 'grid-check.*' -newer "$tmp/started")"
