#!/usr/bin/env bash
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
subject 'kill -9 of the agent, again and again: what it acknowledged is there, the audit is clean, nothing is left over'

# GRID_CRASHES: how often; GRID_CRASH_SEED repeats the moments.
crashes=${GRID_CRASHES:-20}
RANDOM=${GRID_CRASH_SEED:-$((RANDOM + 1))}
note "$crashes crashes"

mkdir "$tmp/temporary"
# What nobody pins goes as soon as it is a second old: there is always something to collect.
export AGENT_JAVA_OPTS="-Xmx512m -Dgrid.content.lease=1s -Dgrid.journal.segment=16KiB -Djava.io.tmpdir=$tmp/temporary"
agent_start
home=$GRID_HOME
run ./grid function put --name words examples/wordcount.wasm # not pure: a call of it is made once
equal 'a function is put' 0 "$code"
token=$(./grid token issue --bearer --until 48h --may content.put,content.get,content.pin,ref.propose,ref.get,audit.verify,agent.gc)
counted=$(./grid token issue --bearer --until 48h --uses 999983 --function words)
head=$(curl -sf -H "Authorization: Bearer $token" --data-binary 'what names point to' "$GRID_URL/content" | jq -r '.cid["/"]')
./grid pin add "$head" >/dev/null
# Who is to be revoked, one at a time.
victims=()
for ((i = 0; i < (crashes + 4) / 5 && i < 20; i++)); do
  victims+=("$(./grid token issue --bearer --until 48h --function words)")
done

ask() { curl -sf --max-time 60 -H "Authorization: Bearer $token" "$@"; }
printf 'a passphrase for what is sealed\n' >"$tmp/passphrase"
: >"$tmp/puts" && : >"$tmp/calls" && : >"$tmp/refs" && : >"$tmp/revoked" && : >"$tmp/collected" && : >"$tmp/rubbish" && : >"$tmp/backups"

# Each of these writes down what was acknowledged, and ends when nobody answers any more, or it has enough.
putting() { # round
  local i=1 cid
  while ((i <= 12)) && cid=$(put "put $1 $i") && ask -o /dev/null -H 'Content-Type: application/json' \
    -d "{\"cid\": \"$cid\"}" "$GRID_URL/pins"; do
    echo "$1 $i $cid" >>"$tmp/puts"
    cid=$(put "rubbish $1 $i") || break
    echo "$1 $i $cid" >>"$tmp/rubbish"
    i=$((i + 1))
  done
}
put() { ask --data-binary "$1" "$GRID_URL/content" | jq -er '.cid["/"]'; }
call() { # round number
  curl -sf --max-time 60 -H "Authorization: Bearer $counted" \
    -H 'Content-Type: application/json' -H "Idempotency-Key: crash-$1-$2" \
    -d "{\"function\": \"words\", \"input\": \"crash $1 $2\", \"terms\": {\"limits\": {\"memory\": 67108864}}}" "$GRID_URL/calls" | jq -er '.receipt["/"]'
}
calling() { # round
  local i=1 receipt
  while ((i <= 12)) && receipt=$(call "$1" "$i"); do
    echo "$1 $i $receipt" >>"$tmp/calls"
    i=$((i + 1))
  done
}
naming() { # round
  local i=1
  while ((i <= 12)) && ask -o /dev/null -X PUT -H 'Content-Type: application/json' -d "{\"head\": {\"/\": \"$head\"}}" \
    "$GRID_URL/refs/crash/$1/$i"; do
    echo "$1 $i" >>"$tmp/refs"
    i=$((i + 1))
  done
}
revoking() { # index
  ! ./grid token revoke "${victims[$1]}" >/dev/null 2>&1 || echo "$1" >>"$tmp/revoked"
}
# One collection after the other: there is one under way whenever it is killed.
collecting() { # round
  local contents
  while contents=$(ask -H 'Content-Type: application/json' -d '{}' "$GRID_URL/gc" | jq -er .contents); do
    echo "$1 $contents" >>"$tmp/collected"
  done
}
backing() { # round
  ! ./grid backup "$tmp/backup-$1.tar" --passphrase-file "$tmp/passphrase" >/dev/null 2>&1 ||
    echo "$1" >>"$tmp/backups"
}
acknowledged() { grep -q "^$1 " "$2"; } # round file
commands=$(./grid help --all)
can() { grep -qE "^ +$1 " <<<"$commands"; }

# Whether a round's acknowledged things are there; says which isn't.
missing() { # round
  local round i name
  while read -r round i name; do
    [[ $round != "$1" ]] || [[ $(ask "$GRID_URL/content/$name") == "put $round $i" ]] || echo "put $round $i"
  done <"$tmp/puts"
  while read -r round i name; do
    [[ $round != "$1" ]] || [[ $(call "$round" "$i") == "$name" ]] || echo "call $round $i"
  done <"$tmp/calls"
  while read -r round i; do
    [[ $round != "$1" ]] || [[ $(ask "$GRID_URL/refs/crash/$round/$i" | jq -r '.head["/"]') == "$head" ]] || echo "ref $round $i"
  done <"$tmp/refs"
  while read -r i; do
    ((i * 5 < $1)) || continue # of a later round
    name=$(curl -s --max-time 60 -H "Authorization: Bearer ${victims[$i]}" -H 'Content-Type: application/json' \
      -H 'Idempotency-Key: revoked' -d '{"function": "words", "input": "x"}' "$GRID_URL/calls" | jq -r .code)
    [[ $name == revoked ]] || echo "revocation $i: $name"
  done <"$tmp/revoked"
}
# Files that have no business there once an agent has started.
stray() {
  find "$home/scratch" -type f
  find "$home/journal" -type f ! -regex '.*/[0-9]+\(\.gz\)?\(\.new\)?'
  find "$home/content" -type f \( -name '*.new' -o -name '*.tmp' -o -path '*/incoming/*' \)
}

lost='' unclean='' strays=''
began=$SECONDS
for ((round = 1; round <= crashes; round++)); do
  workers=() slow=
  for work in putting calling naming; do
    "$work" "$round" &
    workers+=("$!")
  done
  if ((round % 5 == 1 && round / 5 < ${#victims[@]})); then
    revoking $((round / 5)) &
    slow=$!
  elif ((round % 5 == 2 || round % 5 == 4)); then
    collecting "$round" &
    workers+=("$!")
  elif ((round % 5 == 3)) && can backup; then
    backing "$round" &
    slow=$!
  fi
  # Any moment will do, but something is to be lost. What takes longer is cut off half of the time.
  await acknowledged "$round" "$tmp/calls" || fail "nothing of these in round $round: calls"
  await acknowledged "$round" "$tmp/puts" || fail "nothing of these in round $round: puts"
  await acknowledged "$round" "$tmp/refs" || fail "nothing of these in round $round: refs"
  [[ -z $slow ]] || ((round > 1 && RANDOM % 2)) || wait "$slow" || :
  sleep "0.$((RANDOM % 900 + 100))"
  agent_kill
  for worker in "${workers[@]}" $slow; do wait "$worker" || :; done
  agent_start "$home"
  lost+=$(missing "$round")
  [[ $(ask "$GRID_URL/audit" | jq -c .sound) == true ]] || unclean+=" $round"
  strays+=$(stray)
done
note "$(wc -l <"$tmp/puts") puts, $(wc -l <"$tmp/calls") calls, $(wc -l <"$tmp/refs") names, $(wc -l <"$tmp/revoked") revocations, $(wc -l <"$tmp/collected") collections of $(awk '{ n += $2 } END { print n + 0 }' "$tmp/collected") pieces, $(wc -l <"$tmp/backups") backups acknowledged; $((SECONDS - began)) s"

holds 'something was put, called, named and revoked meanwhile' test -s "$tmp/puts" -a -s "$tmp/calls" -a -s "$tmp/refs" -a -s "$tmp/revoked"
equal 'after each crash all that was acknowledged before is there' '' "$lost"
equal 'and the audit is clean' '' "$unclean"
equal 'and no stray file is left' '' "$strays"
equal 'nor anything among the temporary files of the host' '' "$(find "$tmp/temporary" -mindepth 1)"
for ((round = 1; round <= crashes; round += (crashes + 4) / 5)); do lost+=$(missing "$round"); done
equal 'in the end, too' '' "$lost"
# What nobody holds goes, whichever collection was cut off on its way.
nothing_left() { ./grid gc >/dev/null && [[ $(./grid gc --dry-run -o json | jq .contents) == 0 ]]; }
holds 'a last collection takes what is over' await nothing_left
left=''
while read -r round i cid; do
  [[ $(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token" "$GRID_URL/content/$cid") == 404 ]] ||
    left+=" $round/$i"
done < <(shuf -n 200 "$tmp/rubbish")
equal 'and nothing that nobody holds is left' '' "$left"
holds 'collections removed something while agents were killed' \
  test "$(awk '{ n += $2 } END { print n + 0 }' "$tmp/collected")" -gt 0
for ((round = 1; round <= crashes; round += (crashes + 4) / 5)); do lost+=$(missing "$round"); done
equal 'but what was pinned, named or answered' '' "$lost"
used=$(./grid token ls -o json | jq '.tokens[] | select(.calls == 999983) | .used')
note "$used uses of the counted token"
# Of each round one call more can have been under way.
holds 'no use that was taken is forgotten, none counted twice' \
  test "$used" -ge "$(wc -l <"$tmp/calls")" -a "$used" -le "$(($(wc -l <"$tmp/calls") + crashes))"
holds 'the journal grew into several segments' test "$(find "$home/journal" -type f | wc -l)" -gt 3

# The last backup that was acknowledged; one is made where each was cut off.
[[ -s $tmp/backups ]] || backing $((crashes + 1))
kept=$(tail -n 1 "$tmp/backups")
agent_kill
run ./grid restore "$tmp/backup-$kept.tar" --home "$tmp/restored" --passphrase-file "$tmp/passphrase"
equal 'a backup that was made meanwhile is restored' 0 "$code"
agent_start "$tmp/restored"
for ((round = 1; round < kept; round += (crashes + 4) / 5)); do lost+=$(missing "$round"); done
lost+=$(missing $((kept - 1)))
equal "and has all that was acknowledged before it was made, in round $kept" '' "$lost"
equal 'with a clean audit' true "$(ask "$GRID_URL/audit" | jq -c .sound)"
agent_kill
agent_start "$home"

# As an auditor sees it: from the files, beside the agent and of a copy, by the node's name alone.
node=$(./grid status -o json | jq -r .node)
agent_kill
cp -r "$home" "$tmp/copy"
run ./grid audit verify --home "$tmp/copy"
equal 'a copy is verified without an agent' 0 "$code"
contains 'and is sound' 'sound' "$out"
rm -r "$tmp/copy/keys"
run ./grid audit verify --home "$tmp/copy" --node "$node" -o json
equal 'by the name of the node alone' 0 "$code"
noted=$(jq -r '"\(.sealed):\(.hash)"' <<<"$out")
run ./grid audit verify --home "$tmp/copy" --node did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK
equal "another's name isn't it" 1 "$code"
newest=$(find "$tmp/copy/journal" -type f ! -name '*.gz' | sort | tail -n 1)
cp "$newest" "$tmp/newest"
printf 'x' | dd of="$newest" bs=1 seek=100 conv=notrunc status=none
run ./grid audit verify --home "$tmp/copy" --node "$node"
equal 'a changed byte is damage' 1 "$code"
contains 'in the segment that it is in' "$(basename "$newest")" "$out"
cp "$tmp/newest" "$newest"
first=$(find "$tmp/copy/journal" -type f | sort | head -n 1)
rm "$first"
run ./grid audit verify --home "$tmp/copy" --node "$node"
equal 'a segment that is missing is damage' 1 "$code"
contains 'and is named' 00000000000000000000 "$out"
cp "$home/journal/$(basename "$first")" "$first"
rm "$newest" && for archive in "$tmp/copy"/journal/*.gz; do :; done
gunzip -k "$archive" && rm "$archive"
run ./grid audit verify --home "$tmp/copy" --node "$node"
equal 'what was cut off behind a seal, nothing shows' 0 "$code"
run ./grid audit verify --home "$tmp/copy" --node "$node" --noted "$noted"
equal 'but for who noted a later one' 1 "$code"
