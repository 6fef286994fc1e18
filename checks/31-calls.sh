#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
subject 'A call that is watched, waited for, cancelled, delivered elsewhere; an agent in the foreground'

exec </dev/null
# The agent runs in the foreground, as a service would have it.
export GRID_HOME=$tmp/home
./grid up --foreground --port 0 >"$tmp/up" 2>&1 &
foreground=$!
agents+=("$foreground")
holds 'an agent in the foreground says that it is ready' await grep -q 'is ready: process' "$tmp/up"
GRID_URL=$(jq -r .url "$GRID_HOME/agent.json")
own=$(jq -r .pid "$GRID_HOME/agent.json")

running() { # prints the CID of the one call that runs
  ./grid calls -o json | jq -er '[.calls[] | select(.state == "running")][0].call["/"]'
}

for name in wordcount mandelbrot; do ./grid function put "examples/$name.yaml" --name "$name" >/dev/null; done
run ./grid call wordcount -p top=1 --input LICENSE --out "$tmp/result" --receipt "$tmp/receipt"
equal 'a result goes to a file' 0 "$code"
contains 'all of it' "$(wc -l <LICENSE) lines" "$(<"$tmp/result")"
equal 'and not to the standard output' '' "$out"
run ./grid decode "$tmp/receipt"
contains 'the receipt goes to another' '"outcome"' "$out"
receipt=$(./grid cid "$tmp/receipt")
result=$(./grid cid "$tmp/result")
run ./grid graph "$result" --up
contains 'what the result came from is found' "$receipt" "$out"

sed -e '/^pure/d' -e "s|\./|$PWD/examples/|" examples/spin.yaml >"$tmp/forever.yaml"
run ./grid call "$tmp/forever.yaml" --limit time=10m --detach
equal 'a call is left to the agent' 0 "$code"
call=$out
equal 'and goes on, by the name that was told' "$call" "$(running)"
./grid watch "$call" >/dev/null 2>"$tmp/watch.err" &
watching=$!
./grid await "$call" >/dev/null 2>"$tmp/await.err" &
awaiting=$!
refused_soon() {
  code=0
  ./grid await "$call" --within 100ms >/dev/null 2>"$tmp/err" || code=$?
  err=$(<"$tmp/err")
}
refused_soon
contains 'who waits for a while only is told that it goes on' deadline "$err"
./grid events --follow -o json >"$tmp/events" 2>/dev/null &
following=$!
holds 'events are followed' await grep -q '"begun"' "$tmp/events"
run ./grid cancel "$call"
equal 'it is cancelled' 0 "$code"
ends() { # claim pid code
  code=0
  wait "$2" || code=$?
  equal "$1" "$3" "$code"
}
ends 'who watched hears of it' "$watching" 130
ends 'and who waited' "$awaiting" 130
holds 'and who followed the events' await grep -q '"ended"' "$tmp/events"
kill "$following" 2>/dev/null || : # it may have ended
wait "$following" || :

run ./grid call wordcount -p top=2 --input LICENSE -d -o json
equal 'one that is left may have ended by then' 0 "$code"
run ./grid await "$(jq -r '.call["/"]' <<<"$out")"
contains 'and is waited for all the same' "$(wc -l <LICENSE) lines" "$out"

token=$(./grid token issue --bearer --until 1h --function wordcount)
run env GRID_TOKEN="$token" GRID_HOST="$GRID_URL" ./grid call wordcount -p top=1 --input LICENSE -o json
equal 'agent and token are named by the environment' 'cache' "$(jq -r .how <<<"$out")"
cp agent/cli/target/grid.jar "$tmp/other.jar" # of another time
run "$JAVA_HOME/bin/java" @agent/server/src/main/jvm/agent.options -XX:AOTCache=agent/cli/target/grid.aot -jar "$tmp/other.jar" --version
equal 'a cache of linked classes that does not fit is passed over' 0 "$code"
equal 'without a word' '' "$err"
run ./grid manual call
contains 'a page of the manual' '.SH "SYNOPSIS"' "$out"
if command -v zsh >/dev/null; then
  holds 'zsh takes the completion' zsh -fc 'autoload -U +X compinit && compinit -u -D && source <(./grid completion zsh)'
else
  skip 'no zsh here to try its completion'
fi

kill -TERM "$foreground"
code=0
wait "$foreground" || code=$?
equal 'asked to end, it does, and its agent with it' 143 "$code"
holds 'the agent is gone' await bash -c "! kill -0 $own 2>/dev/null"
holds 'it says so in its log, which was shown' grep -q 'grid stopped' "$tmp/up"
