#!/usr/bin/env bash
# A home on a small disk that gets full.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
subject 'A full disk is an answer: cancelling, revoking, collecting, stopping and starting go on, and it ends when there is room'

disk=$tmp/disk
mkdir "$disk"
if ! mount -t tmpfs -o size=260m tmpfs "$disk" 2>/dev/null; then
  skip 'only root mounts a small disk'
  exit
fi
unmount() {
  local status=$? # of the script, for `finish`
  for pid in "${agents[@]}"; do agent_stop "$pid"; done
  agents=()
  umount "$disk" || umount -l "$disk"
  return "$status"
}
trap 'unmount; finish' EXIT

export AGENT_JAVA_OPTS='-Dgrid.content.budget=100% -Dgrid.content.lease=1s -Dgrid.agent.drain=1s'
agent_start "$disk/home"
token=$(./grid token issue --bearer --until 1h --may content.put)
kept=$(printf 'kept' | ./grid put -)
./grid pin add "$kept" >/dev/null
used() { ./grid df --quick -o json | jq .disk.free; }

head -c 20000000 /dev/urandom >"$tmp/large"
for ((i = 0; i < 40; i++)); do
  printf '%d' "$i" >>"$tmp/large"
  run ./grid put "$tmp/large"
  ((code == 0)) || break
done
differ 'puts fill it' 0 "$code"
contains 'the refusal says what shows and frees what takes the room' 'grid gc' "$err"
# Others fill what is left above the reserve, and a little of that: the database has room of its own in the
# log that it laid out before.
head -c $(($(used) - (64 << 20) + 100000)) /dev/zero >"$disk/others"
head -c 60000 /dev/urandom >"$tmp/small"
for ((i = 0; i < 20; i++)); do
  printf '%d' "$i" >>"$tmp/small"
  run ./grid put "$tmp/small"
  ((code == 0)) || break
done
differ 'small ones, too' 0 "$code"
holds 'what is reserved is left' test "$(used)" -ge $((40 << 20))

run ./grid get "$kept"
equal 'reading goes on' kept "$out"
run ./grid token revoke "$token"
equal 'revoking goes on' 0 "$code"
equal 'at once' 403 "$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token" --data-binary x "$GRID_URL/content")"
run ./grid status
equal 'status goes on' 0 "$code"
run ./grid df
equal 'df goes on' 0 "$code"

# Leases last a second.
await_garbage() {
  for ((waited = 0; waited < 100; waited++)); do
    [[ $(./grid gc --dry-run -o json | jq .contents) == 0 ]] || break
    sleep 0.1
  done
}
await_garbage
run ./grid gc
equal 'a collection goes on' 0 "$code"
rm "$disk/others"
run ./grid put "$tmp/large"
equal 'and there is room again, without a restart' 0 "$code"
run ./grid get "$kept"
equal 'what is kept is there' kept "$out"

# Really full, by others: what must go on has room that was set aside.
reserve=$disk/home/journal.reserve
fill() { # claim
  head -c 500000000 /dev/zero >>"$disk/ballast" 2>/dev/null || :
  equal "$1" 0 "$(df --output=avail "$disk" | tail -n 1 | tr -d ' ')"
}
revokes() { # claim token
  run ./grid token revoke "$2"
  equal "$1" 0 "$code"
  equal '  at once, there too' 403 "$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $2" --data-binary x "$GRID_URL/content")"
}
comes_back() {
  rm "$disk/ballast"
  printf 'other' >>"$tmp/small"
  run ./grid put "$tmp/small"
  equal 'it comes back by itself' 0 "$code"
  run ./grid put "$tmp/small"
  equal 'and so does what is set aside' 8388608 "$(stat -c %s "$reserve")"
}
for name in first second third; do
  ./grid token issue --bearer --until 1h --may content.put >"$tmp/$name"
done
run ./grid put "$tmp/small"
equal 'room is set aside' 8388608 "$(stat -c %s "$reserve")"

# Filled while the agent is away.
agent_stop
equal 'it stops' asked "$ended"
fill 'not a byte is left'
agent_start "$disk/home"
pass 'with not a byte left it starts'
run ./grid get "$kept"
equal 'reads' kept "$out"
revokes 'and revokes' "$(<"$tmp/first")"
comes_back

# Filled while it runs, with calls under way.
run ./grid put "$tmp/small"
garbage=$out
sed -e '/^pure/d' -e "s|\./|$PWD/examples/|" examples/spin.yaml >"$tmp/forever.yaml"
calls=()
for ((i = 0; i < 2; i++)); do
  run ./grid call "$tmp/forever.yaml" --limit time=10m --detach
  equal 'a call is left to the agent' 0 "$code"
  calls+=("$out")
done
running() { [[ $(./grid calls -o json | jq '[.calls[] | select(.state == "running")] | length') == "$1" ]]; }
holds 'and goes on' await running 2
fill 'not a byte is left'
printf 'more' >>"$tmp/small"
run ./grid put "$tmp/small"
differ 'with not a byte left nothing is taken' 0 "$code"
run ./grid pin add "$garbage"
differ 'nor is anything else that can wait' 0 "$code"
run ./grid get "$kept"
equal 'and reading goes on' kept "$out"
holds 'what was set aside is there still' test -e "$reserve"
run ./grid cancel "${calls[0]}"
equal 'cancelling goes on' 0 "$code"
holds 'and ends the call' await running 1
run ./grid await "${calls[0]}"
equal 'of which there is no receipt, as there was no room for one' 126 "$code"
contains '  which is said' 'was not kept' "$err"
revokes 'revoking goes on' "$(<"$tmp/second")"
await_garbage
run ./grid gc
equal 'collecting goes on' 0 "$code"
run ./grid get "$garbage"
differ 'and what nobody needs is gone' 0 "$code"
fill 'others take that room, too, and what was set aside'
agent_stop
equal 'it stops, though a call runs' asked "$ended"

# There is nothing left to begin with.
fill 'not a byte is left'
run env GRID_HTTP_PORT=0 "$JAVA_HOME/bin/java" -jar agent/server/target/quarkus-app/quarkus-run.jar
equal 'a start does not come about, and is to be tried again' 1 "$code"
contains '  it says why' 'the disk is full' "$out$err"
rm "$disk/ballast"
agent_start "$disk/home"
pass 'with room it starts'
run ./grid await "${calls[0]}"
equal 'what was cancelled is not running again' 126 "$code"
for name in first second; do
  equal 'what was revoked is' 403 "$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $(<"$tmp/$name")" --data-binary x "$GRID_URL/content")"
done
run ./grid --token "$tmp/third" put "$tmp/small"
equal 'what was not is not, and it takes what it is given' 0 "$code"
equal 'and what is set aside is there' 8388608 "$(stat -c %s "$reserve")"
run ./grid get "$kept"
equal 'what is kept is there' kept "$out"
run ./grid audit verify
equal 'the audit is clean' 0 "$code"
