#!/usr/bin/env bash
# A home on a small disk that gets full.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
subject 'A full disk is an answer: stopping, revoking and collecting go on, and it ends when there is room'

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

AGENT_JAVA_OPTS='-Dgrid.content.budget=100% -Dgrid.content.lease=1s' agent_start "$disk/home"
token=$(./grid token issue --bearer --until 1h --function content.put)
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
token=$(./grid token issue --bearer --until 1h --function content.put)
run ./grid put "$tmp/small"
equal 'what is to go later is put' 0 "$code"
garbage=$out
equal 'room is set aside' 8388608 "$(stat -c %s "$disk/home/journal.reserve")"
head -c 500000000 /dev/zero >"$disk/ballast" 2>/dev/null || :
equal 'not a byte is left' 0 "$(df --output=avail "$disk" | tail -n 1 | tr -d ' ')"
run ./grid put "$tmp/small"
differ 'with not a byte left nothing is taken' 0 "$code"
run ./grid pin add "$garbage"
differ 'nor is anything else that can wait' 0 "$code"
run ./grid get "$kept"
equal 'and reading goes on' kept "$out"
run ./grid token revoke "$token"
equal 'revoking goes on' 0 "$code"
equal 'at once, there too' 403 "$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token" --data-binary x "$GRID_URL/content")"
await_garbage
run ./grid gc
equal 'collecting goes on' 0 "$code"
run ./grid get "$garbage"
differ 'and what nobody needs is gone' 0 "$code"
rm "$disk/ballast"
printf 'other' >>"$tmp/small"
run ./grid put "$tmp/small"
equal 'it comes back by itself' 0 "$code"
run ./grid put "$tmp/small"
equal 'and so does what is set aside' 8388608 "$(stat -c %s "$disk/home/journal.reserve")"
run ./grid audit verify
equal 'the audit is clean' 0 "$code"
agent_stop
agent_start "$disk/home"
run ./grid get "$kept"
equal 'and so after a restart' kept "$out"
run ./grid audit verify
equal 'with a clean audit' 0 "$code"
