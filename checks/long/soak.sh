#!/usr/bin/env bash
. "$(dirname "$0")/../lib.sh"
subject 'An hour of mixed calls leaves heap, threads, descriptors and files as they were'

# SOAK_SECONDS: how long (3600). SOAK_EVERY: seconds between two samples (10). SOAK_TABLE: where the samples are kept.
seconds=${SOAK_SECONDS:-3600}
every=${SOAK_EVERY:-10}
table=${SOAK_TABLE:-$root/target/soak.tsv}
mkdir -p "$(dirname "$table")" "$tmp/count"

# A short lease, few results and short segments: so there is something to be collected and archived all the time.
export AGENT_JAVA_OPTS='-Xmx512m -Dgrid.content.lease=120s -Dgrid.content.results=1MiB -Dgrid.journal.segment=2MiB'
# shellcheck disable=SC2119 # a home of its own
agent_start

for name in sha256 wordcount mandelbrot; do
  run ./grid function put "examples/$name.yaml" --name "$name"
  equal "$name is put" 0 "$code"
done
# Not pure: each call of them runs.
for name in words=wordcount forever=spin; do
  sed -e '/^pure/d' -e "s|\./|$root/examples/|" -e 's/time: 2s/time: 60s/' "examples/${name#*=}.yaml" >"$tmp/${name%=*}.yaml"
  run ./grid function put "$tmp/${name%=*}.yaml" --name "${name%=*}"
  equal "${name%=*} is put" 0 "$code"
done
head -c 300 /dev/urandom >"$tmp/noise"
absent=$(./grid cid "$tmp/noise")
alice=$(./grid key new alice)
token=$(./grid token issue --bearer --until 30h --function sha256 --function wordcount --function mandelbrot --function words \
  --function forever --may content.put,content.get,content.has,content.graph,content.pin,content.unpin,ref.get,ref.propose,ref.list \
  --may call.explain,call.await,call.cancel,call.watch,call.list,agent.status,agent.events,agent.gc,agent.backup,agent.df)

# --- who asks ----------------------------------------------------------------------------------------------

# One request, or several alike over one connection where the URL has a range; an answer that isn't one of those
# expected is written down. The last body is in $tmp/NAME.
ask() { # name statuses curl-arguments...
  local name=$1 expected=$2 status
  shift 2
  curl -sS --max-time 100 -o "$tmp/$name" -w '%{http_code}\n' -H "Authorization: Bearer $token" "$@" \
    >"$tmp/$name.status" 2>"$tmp/$name.err" || echo "curl: $(<"$tmp/$name.err")" >>"$tmp/$name.status"
  wc -l <"$tmp/$name.status" >>"$tmp/count/$name"
  while IFS= read -r status; do
    [[ " $expected " == *" $status "* ]] ||
      echo "$((SECONDS - began)) s, $name: $status $(head -c 300 "$tmp/$name" 2>/dev/null | tr -cd '[:print:]')" >>"$tmp/surprises"
  done <"$tmp/$name.status"
}
json() { ask "$1" "$2" -H 'Content-Type: application/json' "${@:3}"; }
call() { json "$1" 200 -d "$2" "${@:3}"; }
# The CID that an answer has for something.
cid_of() { jq -r --arg key "$2" '.[$key]["/"]' "$tmp/$1"; }

# Whoever works does it until the time is over, with a pause before each round.
works() { # pause work
  local round=0
  while [[ ! -e $tmp/over ]]; do
    sleep "$1"
    "$2"
    round=$((round + 1))
  done
}

cached() { call cached "{\"function\": \"sha256\", \"input\": \"text $((round % 10))\"}" "$GRID_URL/calls#[1-10]"; }

fresh() {
  call fresh "{\"function\": \"wordcount\", \"input\": \"round $round of $RANDOM words\"}" "$GRID_URL/calls"
  call fresh "{\"function\": \"mandelbrot\", \"params\": {\"width\": $((16 + round % 64)), \"height\": 16, \"x\": \"-0.$RANDOM\"}}" \
    -H 'Accept: application/octet-stream' "$GRID_URL/calls"
}

# A run each, except that the same call again isn't.
impure() {
  call impure "{\"function\": \"words\", \"input\": \"of round $round\"}" -H "Idempotency-Key: impure-$round" "$GRID_URL/calls#[1-2]"
  call explained '{"function": "words", "input": "what would be"}' "$GRID_URL/explain"
}

# Of all sizes: in the database, in files, in files with pieces.
storing() {
  local size=$((RANDOM % 4 == 0 ? RANDOM * 40 : RANDOM % 4000 + 1)) cid
  head -c "$size" /dev/urandom >"$tmp/content"
  ask put 201 --data-binary "@$tmp/content" "$GRID_URL/content"
  cid=$(cid_of put cid)
  ask get 200 "$GRID_URL/content/$cid"
  cmp -s "$tmp/get" "$tmp/content" || echo "$((SECONDS - began)) s, get: other bytes than were put, $size of them" >>"$tmp/surprises"
  ask part 206 -r 0-0 "$GRID_URL/content/$cid"
  if ((round % 4 == 0)); then
    json pin '200 201' -d "{\"cid\": {\"/\": \"$cid\"}}" "$GRID_URL/pins"
    ask unpin '200 204' -X DELETE "$GRID_URL/pins/$cid"
  fi
}

# A name goes from one head to the next, and at times from one that isn't its head any more.
naming() {
  local head before=${head_of_soak-}
  ask head 201 --data-binary "head $round" "$GRID_URL/content"
  head=$(cid_of head cid)
  if [[ -z $before ]]; then
    json ref '200 201' -X PUT -d "{\"head\": {\"/\": \"$head\"}}" "$GRID_URL/refs/soak/name"
  else
    json ref 200 -X PUT -H "If-Match: \"$before\"" -d "{\"head\": {\"/\": \"$head\"}}" "$GRID_URL/refs/soak/name"
    json conflict 412 -X PUT -H "If-Match: \"$before\"" -d "{\"head\": {\"/\": \"$before\"}}" "$GRID_URL/refs/soak/name"
  fi
  head_of_soak=$head
  ask names 200 "$GRID_URL/refs"
}

# What a receipt was made of, and what came of an input.
asking() {
  local input
  ask input 201 --data-binary "whence $round" "$GRID_URL/content"
  input=$(cid_of input cid)
  call made "{\"function\": \"wordcount\", \"input_cid\": {\"/\": \"$input\"}}" "$GRID_URL/calls"
  ask graph 200 "$GRID_URL/content/$(cid_of made receipt)/graph?direction=down"
  ask graph 200 "$GRID_URL/content/$input/graph?direction=up&limit=50"
  ask status 200 "$GRID_URL/status"
  ask calls 200 "$GRID_URL/calls?limit=20"
  ask df 200 "$GRID_URL/df"
}

# A run that wouldn't end is watched for a moment, and cancelled.
cancelling() {
  local name
  json taken 202 -d '{"function": "forever"}' -H "Idempotency-Key: cancel-$round" -H 'Prefer: respond-async' "$GRID_URL/calls"
  name=$(cid_of taken call)
  gone_after 0.3 watch "$GRID_URL/calls/$name/events"
  ask cancel '200 202 204' -X DELETE "$GRID_URL/calls/$name"
  ask awaited '200 403 409' "$GRID_URL/calls/$name?wait=30000"
}

# A reader that leaves after a time, whatever it has read by then.
gone_after() { # seconds name url
  curl -sN --max-time "$1" -o "$tmp/$2" -H "Authorization: Bearer $token" "$3" 2>/dev/null || :
  echo 1 >>"$tmp/count/$2"
}
reading() {
  gone_after "$((round % 5 + 1))" events "$GRID_URL/events?follow=true"
  gone_after 2 events "$GRID_URL/events?follow=true&after=0"
}

# A token is passed on, used, and revoked with what descends from it.
delegating() {
  local hers theirs
  ((round % 8 == 0)) || return 0
  hers=$(./grid token issue --to "$alice" --until 1h --uses 50 --function sha256)
  theirs=$(./grid --key "$GRID_HOME/keys/alice.pem" token issue --from "$hers" --bearer --until 30m --uses 20 --function sha256)
  token=$theirs call issued '{"function": "sha256", "input": "of a token"}' "$GRID_URL/calls"
  ./grid token revoke "$hers" >"$tmp/revoke"
  token=$theirs json revoked 403 -d '{"function": "sha256", "input": "of a token"}' "$GRID_URL/calls"
}

# What agents get from strangers.
hostile() {
  local host=${GRID_URL#http://}
  json hostile 400 -d '{"function": ' "$GRID_URL/calls"
  json hostile '404 422' -d '{"function": "nobody-knows-it"}' "$GRID_URL/calls"
  ask hostile 404 "$GRID_URL/content/$absent"
  token=nonsense ask hostile 401 "$GRID_URL/status"
  ask hostile '400 200' --data-binary "@$tmp/noise" -H 'Content-Type: application/vnd.promisegrid' "$GRID_URL/grid"
  # Half a request, and one that says it is longer than it is.
  { exec 7<>"/dev/tcp/${host%:*}/${host#*:}" && printf 'POST /calls HTTP/1.1\r\nHost: %s\r\n' "$host" >&7; } 2>/dev/null || :
  exec 7>&- || :
  { exec 7<>"/dev/tcp/${host%:*}/${host#*:}" && printf 'POST /content HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Length: 100000\r\n\r\nshort' "$host" "$token" >&7; } 2>/dev/null || :
  exec 7>&- || :
}

# Nor while a backup is made, or the agent collects by itself.
collecting() { ((round % 30 < 29)) || json gc '200 409' -d '{}' "$GRID_URL/gc"; }

# --- what is looked at -------------------------------------------------------------------------------------

# Files and KiB of a folder of the home.
inside() { # folder
  find "$GRID_HOME/$1" -type f -printf '%s\n' 2>/dev/null | awk '{ bytes += $1 } END { printf "%d\t%d", NR, bytes / 1024 }'
}
asked() { cat "$tmp"/count/* 2>/dev/null | awk '{ sum += $1 } END { print sum + 0 }'; }

# The heap is what is left of it after a collection; threads are Java's own, and those that are virtual.
columns=(second asked heap_KiB metaspace_KiB platform virtual os_threads descriptors rss_KiB)
folders=(content small index journal wasm scratch)
for folder in "${folders[@]}"; do columns+=("${folder}_files" "${folder}_KiB"); done
sample() {
  local folder
  printf 'GC.run\nGC.heap_info\nVM.metaspace basic\nThread.dump_to_file -overwrite -format=plain %s\n' "$tmp/threads" >"$tmp/commands"
  "$JAVA_HOME/bin/jcmd" "$AGENT_PID" -f "$tmp/commands" >"$tmp/jcmd"
  {
    printf '%s\t%s' $((SECONDS - began)) "$(asked)"
    awk '/^ *(DefNew|Tenured) / { sub(/.*used /, ""); heap += $1 } /^ *Both: .* used/ { meta = $2 * 1024 }
      END { printf "\t%d\t%d", heap, meta }' "$tmp/jcmd"
    awk '/^#[0-9]+ / { sub(/^#[0-9]+ ".*" /, ""); if ($1 == "virtual") virtual++; else platform++ }
      END { printf "\t%d\t%d", platform, virtual }' "$tmp/threads"
    printf '\t%s' "$(awk '/^Threads/ { print $2 }' "/proc/$AGENT_PID/status")"
    printf '\t%s' "$(find "/proc/$AGENT_PID/fd" -mindepth 1 | wc -l)"
    printf '\t%s' "$(awk '/^VmRSS/ { print $2 }' "/proc/$AGENT_PID/status")"
    for folder in "${folders[@]}"; do printf '\t%s' "$(inside "$folder")"; done
    echo
  } >>"$table"
}

# An agent keeps what it looked up lately, found or not, up to some 16 MiB: full from the beginning, that isn't taken
# for a leak. Names that nobody has ever heard of do it.
filled() {
  awk -v url="$GRID_URL" -v count="$1" 'BEGIN {
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    while (count-- > 0) {
      name = "bafkrei" substr(letters, 1 + int(rand() * 8), 1)
      for (i = 0; i < 50; i++) name = name substr(letters, 1 + int(rand() * 32), 1)
      printf "url = \"%s/content/%s%s\"\nhead\noutput = \"/dev/null\"\n", url, name, substr(letters, 1 + 4 * int(rand() * 8), 1)
    }
  }' >"$tmp/unheard"
  curl -s -K "$tmp/unheard" -w '%{http_code}\n' -H "Authorization: Bearer $token" | sort | uniq -c | xargs
}

# --- all of it ---------------------------------------------------------------------------------------------

(IFS=$'\t' && echo "${columns[*]}") >"$table"
: >"$tmp/surprises"
equal 'what nobody has heard of is absent' '40000 404' "$(filled 40000)"
began=$SECONDS
workers=()
for work in '1.5 cached' '1.5 fresh' '2 impure' '2 storing' '3 naming' '4 asking' '5 cancelling' '1 reading' '5 delegating' '5 hostile' '5 collecting'; do
  # shellcheck disable=SC2086 # pause and work
  works $work 2>>"$tmp/workers.err" &
  workers+=("$!")
done
backed=
# Who gets wrong answers for minutes needn't be asked for an hour.
while ((SECONDS - began < seconds)) && (($(wc -l <"$tmp/surprises") < 500)); do
  sleep "$every"
  sample
  if [[ -z $backed ]] && ((2 * (SECONDS - began) > seconds)); then
    json backup 200 -d '{}' "$GRID_URL/backup"
    backed=$(wc -c <"$tmp/backup") && : >"$tmp/backup"
  fi
done
touch "$tmp/over"
for worker in "${workers[@]}"; do wait "$worker" || :; done
sample

note "asked, by what for: $(cd "$tmp/count" && for name in *; do printf '%s %s, ' "$name" "$(awk '{ sum += $1 } END { print sum }' "$name")"; done)"
holds 'a backup was made meanwhile' test "${backed:-0}" -gt 0
equal 'each answer was one that was to be expected' '' "$(head -n 20 "$tmp/surprises")"
equal 'and nobody who asked failed otherwise' '' "$(grep -v '^$' "$tmp/workers.err" | head -n 20)"

# Some twenty of the samples, to be looked at.
awk -v all="$(wc -l <"$table")" 'NR == 1 || NR == all || NR % int(all / 20 + 1) == 0' "$table" | column -t

# Flat is what neither climbs along a straight line through the last two thirds, nor is higher in the last quarter than
# it was in the second: by more than a part of what it is, and a little that doesn't count. What one sample in ten is
# above, isn't looked at: it is in use just then.
flat() { # column part little
  local verdict
  verdict=$(awk -F '\t' -v column="$1" -v part="$2" -v little="$3" '
    function most(which, count, i, j, kept) { # of nine in ten
      for (i = 2; i <= count; i++) {
        kept = quarter[which, i]
        for (j = i; j > 1 && quarter[which, j - 1] > kept; j--) quarter[which, j] = quarter[which, j - 1]
        quarter[which, j] = kept
      }
      return quarter[which, int(count * 0.9 + 0.5)]
    }
    NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) at = i; next }
    { n++; time[n] = $1; value[n] = $at }
    END {
      end = time[n]
      for (i = 1; i <= n; i++) {
        if (time[i] > end / 3) { m++; t += time[i]; v += value[i]; tt += time[i] ^ 2; tv += time[i] * value[i] }
        if (time[i] > end / 4 && time[i] <= end / 2) quarter[2, ++in_second] = value[i]
        if (time[i] > 3 * end / 4) quarter[4, ++in_last] = value[i]
      }
      second = most(2, in_second)
      last = most(4, in_last)
      if (!at || m < 3 || m * tt == t * t) { print "too few samples"; exit }
      climb = (m * tv - t * v) / (m * tt - t * t) * end * 2 / 3
      allowed = part * v / m + little
      printf "%s mean %d, climbs %d, most of the second quarter %d, of the last %d\n",
        climb <= allowed && last <= second + allowed ? "flat:" : "NOT FLAT:", v / m, climb, second, last
    }' "$table")
  case $verdict in
  flat:*) pass "$1 is $verdict" ;;
  *) fail "$1 is flat" "$verdict" ;;
  esac
}
flat heap_KiB 0.15 4096
flat metaspace_KiB 0.10 2048
flat platform 0.10 4
flat virtual 0.20 20
flat os_threads 0.10 6
flat descriptors 0.15 20
flat rss_KiB 0.15 32768
flat scratch_files 0 10
flat wasm_files 0 0
# Of each of its tables the database leaves a few files lie before it makes one of them.
flat index_files 0.30 40
flat small_files 0.30 20

# What grows because it is to be kept: the journal, which forgets nothing; names of calls and their receipts in the
# index, until their tokens are over; content, of which a collection leaves what was answered within the last hour.
awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) name[i] = $i } NR == 2 { for (i = 1; i <= NF; i++) first[i] = $i } { for (i = 1; i <= NF; i++) last[i] = $i }
  END { for (i = 10; i <= NF; i++) if (name[i] ~ /^(journal|index|content|small)_KiB/)
    printf "  grows by design: %s by %.2f for each thing asked\n", name[i], (last[i] - first[i]) / (last[2] - first[2]) }' "$table"

run ./grid audit verify
equal 'the audit is clean' 0 "$code"
run ./grid doctor
equal 'the doctor finds nothing' 0 "$code"
note "$out"
equal 'it is ready' 200 "$(curl -s -o /dev/null -w '%{http_code}' "$GRID_URL/q/health/ready")"
agent_stop
equal 'and ends when it is asked to' asked "$ended"
