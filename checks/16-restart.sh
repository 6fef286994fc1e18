#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
subject 'A thousand equal calls run once; killing the agent loses nothing it acknowledged'

export AGENT_JAVA_OPTS=-Xmx512m
agent_start
home=$GRID_HOME

metric() { curl -sf "$GRID_URL/q/metrics" | awk -v name="$1" '$1 == name { print int($2) }'; }
answered() { metric "grid_calls_answered_total{how=\"$1\"}"; }

# `ask NAME CURL-OPTIONS… URL`: what came is in $tmp/NAME, the head of it in $tmp/NAME.head, the status in $out.
ask() {
  local name=$1
  shift
  run curl -sS --max-time 100 -H "Authorization: Bearer $token" -o "$tmp/$name" -D "$tmp/$name.head" -w '%{http_code}' "$@"
}
head_of() { sed -n "s/^$2: \(.*\)\r\$/\1/Ip" "$tmp/$1.head"; }
call() { # name body further options…
  local name=$1 body=$2
  shift 2
  ask "$name" -H 'Content-Type: application/json' -d "$body" "$@" "$GRID_URL/calls"
}

# A thousand at once: four times 250, each on a connection of its own.
thousand() { # folder body
  local batch pids=() pid began=$SECONDS
  mkdir -p "$tmp/$1"
  for batch in 1 2 3 4; do
    curl -sS --no-progress-meter --max-time 200 --parallel --parallel-immediate --parallel-max 250 --http1.1 \
      -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
      -H 'Accept: application/octet-stream' -d "$2" -w '%{http_code}\n' \
      -o "$tmp/$1/$batch-#1" "$GRID_URL/calls#[1-250]" >"$tmp/$1.$batch.codes" 2>"$tmp/$1.$batch.err" &
    pids+=("$!")
  done
  for pid in "${pids[@]}"; do wait "$pid" || :; done
  cat "$tmp/$1".?.err >&2
  equal "$1 thousand: each is answered with 200" '1000 200' "$(cat "$tmp/$1".?.codes | sort | uniq -c | xargs)"
  note "a thousand calls took $((SECONDS - began)) s"
}
different() { find "$tmp/$1" -type f -exec sha256sum {} + | cut -c1-64 | sort -u; }

for name in mandelbrot spin; do
  run ./grid function put "examples/$name.yaml" --name "$name"
  equal "$name is put" 0 "$code"
done
token=$(./grid token issue --bearer --until 1h --function mandelbrot --function spin)

# A point that never leaves, and that isn't known at once not to: each of its pixels is followed to the end. It takes
# seconds, so that many come while it runs; its result is short.
work='{"function": "mandelbrot", "params": {"width": 64, "height": 64, "zoom": "1000", "x": "-0.1226", "y": "0.7449", "iterations": 30000}}'
before=$(answered run)
thousand first "$work"
equal 'a thousand calls at once: a thousand answers' 1000 "$(find "$tmp/first" -type f | wc -l)"
equal 'all equal' 1 "$(different first | wc -l)"
equal 'and right' '89504e47' "$(head -c 4 "$tmp/first/1-1" | od -An -tx1 | tr -d ' ')"
equal 'one run' 1 "$(($(answered run) - before))"
equal 'nine hundred and ninety-nine joined it, or came when it had ended' 999 "$(($(answered joined) + $(answered cache)))"
# How many of each is up to the machine's speed; `CallTest` holds a run open until all have come.
note "$(answered joined) joined it while it ran"
equal 'the journal has one run, too' 1 "$(./grid events -o json | jq -s '[.[] | select(.kind == "ended")] | length')"

# What an owner had acknowledged, of every kind.
call known "$work"
receipt=$(head_of known grid-receipt)
[[ -n $receipt ]] || receipt=$(jq -r '.receipt["/"]' "$tmp/known")
./grid get "$receipt" >"$tmp/receipt"
head=$(./grid ref get mandelbrot -o json | jq -c .head)
cid=$(./grid put LICENSE)
./grid token issue --bearer --until 1h --function mandelbrot --uses 3 >"$tmp/counted"
revoked=$(./grid token issue --bearer --until 1h --function mandelbrot -p zoom=2)
run ./grid token revoke "$revoked"
equal 'a token is revoked' 0 "$code"
for use in 1 2; do
  run ./grid --token "$tmp/counted" call mandelbrot -p width=8 -p height=8
  equal "a counted token is used: $use of 3" 0 "$code"
done
# A function that isn't pure, and wouldn't end: its run is begun when the agent is killed.
sed -e '/^pure/d' -e "s|\./|$PWD/examples/|" examples/spin.yaml >"$tmp/forever.yaml"
run ./grid function put "$tmp/forever.yaml" --name forever
equal 'a function that is not pure is put' 0 "$code"
owner=$token
token=$(./grid token issue --bearer --until 1h --function forever)
started='{"function": "forever", "terms": {"limits": {"time": 60000}}}'
call begun "$started" -H 'Idempotency-Key: once-and-never-again' -H 'Prefer: respond-async'
equal 'it is taken on' 202 "$out"
for ((waited = 0; waited < 200; waited++)); do
  [[ $(./grid events -o json | jq -s '[.[] | select(.kind == "begun")] | length') == 0 ]] || break
  sleep 0.05
done
begun=$(jq -r '.call["/"]' "$tmp/begun")
state() { ./grid calls -o json | jq -r --arg call "$begun" '.calls[] | select(.call["/"] == $call) | .state'; }
equal 'its owner sees that it runs' running "$(state)"

agent_kill
agent_start "$home"

equal 'the run that was cut off is listed as ended' ended "$(state)"
equal 'after kill -9 and a restart nothing has run' 0 "$(answered run)"
call again "$started" -H 'Idempotency-Key: once-and-never-again'
equal 'the same call again is told that it broke, by the driver: lost' 'driver lost' \
  "$(jq -r '(.body // .).outcome | .by + " " + .what' "$tmp/again")"
equal 'and is not repeated' 0 "$(metric grid_runs_running)"
token=$owner
thousand second "$work"
equal 'the thousand calls again: a thousand answers' 1000 "$(find "$tmp/second" -type f | wc -l)"
equal 'the same' "$(different first)" "$(different second)"
equal 'and no run at all' 0 "$(answered run)"
equal 'all from the cache' 1000 "$(answered cache)"
./grid get "$receipt" >"$tmp/receipt2"
same_bytes 'the receipt is there, the same bytes' "$tmp/receipt" "$tmp/receipt2"
equal 'names point where they did' "$head" "$(./grid ref get mandelbrot -o json | jq -c .head)"
./grid get "$cid" >"$tmp/license"
same_bytes 'content is there' LICENSE "$tmp/license"
run ./grid --token "$revoked" call mandelbrot
contains 'what was revoked is revoked' 'revoked' "$err"
equal 'and worth nothing' 125 "$code"
run ./grid --token "$tmp/counted" call mandelbrot -p width=8 -p height=8
equal 'the third use of the counted token' 0 "$code"
run ./grid --token "$tmp/counted" call mandelbrot -p width=8 -p height=8
equal 'there is no fourth' 125 "$code"
contains 'and it says why' 'exhausted' "$err"
equal 'the journal goes on where it was: two starts' 2 "$(./grid events -o json | jq -s '[.[] | select(.kind == "started")] | length')"

# A hundred uses, a hundred and fifty callers at once, each with a call of their own, and the agent is killed meanwhile.
./grid token issue --bearer --until 1h --function mandelbrot --uses 100 >"$tmp/hundred"
crowd() { # folder: of each caller that is answered with a receipt, a file
  local caller
  mkdir "$tmp/$1"
  for ((caller = 0; caller < 150; caller++)); do
    ((caller == 0)) || echo next
    printf 'url = "%s/calls"\nheader = "Authorization: Bearer %s"\nheader = "Content-Type: application/json"\n' "$GRID_URL" "$(<"$tmp/hundred")"
    printf 'header = "Idempotency-Key: caller %s"\noutput = "%s/%s"\nmax-time = 100\n' "$caller" "$tmp/$1" "$caller"
    printf 'data = "{\\"function\\": \\"mandelbrot\\", \\"params\\": {\\"width\\": 16, \\"height\\": 16, \\"iterations\\": %s}}"\n' "$((caller + 100))"
  done >"$tmp/crowd"
  curl -sS --no-progress-meter --parallel --parallel-immediate --parallel-max 150 --http1.1 -K "$tmp/crowd" >/dev/null 2>&1 || :
}
receipts() { # folder: caller and receipt of those that have one
  local file
  for file in "$tmp/$1"/*; do
    ! receipt=$(jq -er '.receipt["/"]' "$file" 2>/dev/null) || echo "$(basename "$file") $receipt"
  done | sort
}
some() { (($(grep -ls '"receipt"' "$tmp"/before/* | wc -l) >= 10)); }
crowd before &
holds 'some of them are answered' await some
agent_kill
wait "$!" || :
receipts before >"$tmp/before.receipts"
agent_start "$home"
crowd after
receipts after >"$tmp/after.receipts"
note "$(wc -l <"$tmp/before.receipts") were answered before, $(wc -l <"$tmp/after.receipts") in the end"
equal 'who was answered before is answered the same' '' "$(comm -23 "$tmp/before.receipts" "$tmp/after.receipts")"
holds 'of a hundred uses not one more is had' test "$(wc -l <"$tmp/after.receipts")" -le 100
equal 'and all are used' 100 "$(./grid token ls -o json | jq '.tokens[] | select(.calls == 100) | .used')"
equal 'who had none is told so' exhausted "$(grep -L receipt "$tmp"/after/* | xargs jq -r .code | sort -u)"
