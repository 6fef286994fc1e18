#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
subject 'The command line: as a filter, with bad input, and for programs'

# shellcheck disable=SC2119 # the home is a new one
agent_start
exec </dev/null
# As under cron, or in a bare container: names and arguments are UTF-8 all the same.
unset LANG LC_CTYPE
export LC_ALL=C

# `refused CLAIM CODE PART COMMAND…`: it ends with that code, says that, and nothing on stdout.
refused() {
  local claim=$1 expected=$2 part=$3
  shift 3
  run "$@"
  equal "$claim: ends with $expected" "$expected" "$code"
  contains "$claim: says why" "$part" "$err"
  equal "$claim: writes nothing else" '' "$out"
}

note 'content'
head -c 5000000 /dev/urandom >"$tmp/big"
run ./grid put "$tmp/big"
equal 'a file is put' 0 "$code"
cid=$out
equal 'its name is the same without an agent' "$cid" "$(./grid cid "$tmp/big")"
./grid get "$cid" >"$tmp/back"
same_bytes 'and comes back' "$tmp/big" "$tmp/back"
./grid get "$cid" --out "$tmp/back2"
same_bytes 'into a file, too' "$tmp/big" "$tmp/back2"
equal 'from a pipe it has the same name' "$cid" "$(./grid put <"$tmp/big")"
equal 'a part of it' "$(tail -c +1001 "$tmp/big" | head -c 10 | od -An -tx1)" \
  "$(./grid get "$cid" --offset 1000 --length 10 | od -An -tx1)"
equal 'nothing is something' "$(./grid cid </dev/null)" "$(./grid put </dev/null)"
sum=$(sha512sum "$tmp/big" | cut -d' ' -f1)
run ./grid put "$tmp/big" --expect "sha512:$sum"
equal 'a sum that is right' 0 "$code"
./grid get "sha2-512:$sum" >"$tmp/back3"
same_bytes 'names it, too' "$tmp/big" "$tmp/back3"
refused 'a sum that is wrong' 1 invalid ./grid put LICENSE --expect "sha512:$sum"
refused 'a full disk' 74 'No space left' ./grid get "$cid" --out /dev/full
(./grid get "$cid" 2>"$tmp/err" || :) | head -c 1 >/dev/null
equal 'whoever reads no further is no error to tell of' '' "$(<"$tmp/err")"

mkdir -p "$tmp/dir/sub/empty"
cp grid "$tmp/dir/run" && chmod 755 "$tmp/dir/run"
echo text >"$tmp/dir/sub/ümlaut file" && ln -s ../run "$tmp/dir/sub/link"
run ./grid put "$tmp/dir"
equal 'a directory is put' 0 "$code"
tree=$out
run ./grid get "$tree" --out "$tmp/copy"
equal 'and comes back' 0 "$code"
equal 'with all that is in it' '' "$(diff -r --no-dereference "$tmp/dir" "$tmp/copy" 2>&1)"
holds 'still executable' [ -x "$tmp/copy/run" ]
equal 'still a link' '../run' "$(readlink "$tmp/copy/sub/link")"
contains 'it is listed' 'symlink' "$(./grid tree "$tree" sub)"
refused 'a directory that is there already is left alone' 2 'is there already' \
  ./grid get "$tree" --out "$tmp/copy"
mkdir "$tmp/empty"
refused 'an empty one, too' 2 'is there already' ./grid get "$tree" --out "$tmp/empty"
equal 'really' '' "$(ls -A "$tmp/empty")"
refused 'a part of a directory' 2 'are for files' ./grid get "$tree" --out "$tmp/part" --length 10

note 'calls'
for name in wordcount sha256 mandelbrot match; do
  run ./grid function put "examples/$name.yaml" --name "$name"
  equal "$name is put" 0 "$code"
done
contains 'functions are listed' 'wordcount' "$(./grid function ls)"
contains 'and shown' 'How many words to show.' "$(./grid function show wordcount)"
run ./grid call sha256 <"$tmp/big"
equal 'a filter in a pipe' "$(sha256sum <"$tmp/big" | cut -c1-64)" "$out"
run ./grid call wordcount -p top=1 --input LICENSE
contains 'a parameter, an input' "$(wc -l <LICENSE) lines" "$out"
run ./grid call wordcount -p top:=1 --input LICENSE -o json
equal 'typed or as text, it is one call' 'cache kept' "$(jq -r '.how + " " + .outcome.kind' <<<"$out")"
equal 'the receipt names its result' "$(./grid call wordcount -p top=1 --input LICENSE | ./grid cid)" \
  "$(jq -r '.result["/"]' <<<"$out")"
receipt=$(jq -r '.receipt["/"]' <<<"$out")
run ./grid graph "$receipt" --down
contains 'and the graph what it was made of' "$(./grid function put examples/wordcount.yaml)" "$out"
run ./grid decode "$receipt"
contains 'and is readable' '"outcome"' "$out"
run ./grid explain wordcount --input LICENSE
contains 'an explanation names the target' 'wasm:local' "$out"
run ./grid explain --receipt "$receipt"
contains 'so does the one kept with the run' 'wasm:local' "$out"

note 'a foreign WASI command, unchanged, as natively'
if command -v cc >/dev/null; then
  cc -O1 -o "$tmp/match" examples/match.c
  parity() { # claim arguments…
    local claim=$1 native
    shift
    native=0
    "$tmp/match" "$@" <LICENSE >"$tmp/native.out" 2>"$tmp/native.err" || native=$?
    code=0
    ./grid call examples/match.wasm --input LICENSE -- "$@" >"$tmp/grid.out" 2>"$tmp/grid.err" || code=$?
    equal "$claim: exit code $native" "$native" "$code"
    same_bytes "$claim: standard output" "$tmp/native.out" "$tmp/grid.out"
    same_bytes "$claim: standard error" "$tmp/native.err" "$tmp/grid.err"
  }
  parity 'lines are found' -n -i warrant
  parity 'an empty argument, one with blanks and one in UTF-8' 'conditions of  ' 
  parity 'everything' ''
  parity 'nothing is found' 'grüße'
  parity 'used wrongly'
  parity 'counted and inverted' -c -v the
else
  skip 'no C compiler to build the native program with'
fi

note 'how it ends'
refused 'a runaway' 124 'time limit' ./grid call examples/spin.yaml --limit time=300ms
refused 'a result that is not remembered' 125 'not cached' \
  ./grid call wordcount --input grid --only-cached
refused 'no such function' 125 'absent' ./grid call nobody/knows
refused 'no such parameter' 125 'invalid' ./grid call wordcount -p colour=red --input LICENSE
refused 'a value out of range' 125 'invalid' ./grid call wordcount -p top=-1 --input LICENSE
refused 'a driver that is not there' 125 'unable' \
  ./grid call wordcount --input LICENSE --place driver=abacus --refresh
refused 'no such content' 1 'absent' ./grid get "$(echo nobody has this | ./grid cid)"
refused 'no such name' 1 'absent' ./grid ref get nobody/knows
refused 'a name that changed meanwhile' 1 'conflict' \
  ./grid ref set wordcount "$cid" --base "$cid"
refused 'a name that is there' 1 'conflict' ./grid ref set wordcount "$cid" --new

note 'interrupted'
set -m # else a job in the background doesn't hear the interrupt
./grid call examples/spin.yaml --limit time=60s >"$tmp/out" 2>"$tmp/err" &
calling=$!
set +m
for ((waited = 0; waited < 200; waited++)); do
  [[ $(./grid calls -o json | jq '[.calls[] | select(.state == "running")] | length') != 1 ]] || break
  sleep 0.05
done
kill -INT "$calling"
code=0
wait "$calling" || code=$?
equal 'an interrupted call ends as a shell says it' 130 "$code"
for ((waited = 0; waited < 100; waited++)); do
  running=$(./grid calls -o json | jq '[.calls[] | select(.state == "running")] | length')
  [[ $running != 0 ]] || break
  sleep 0.05
done
equal 'and its run has been stopped' 0 "$running"

note 'bad input'
echo 'this is no module' >"$tmp/bad.wasm"
run ./grid call "$tmp/bad.wasm"
equal 'a module that is none: nothing is promised' 125 "$code"
echo 'forms: [{wasm: ./absent.wasm}]' >"$tmp/bad.yaml"
refused 'a function file whose code is absent' 2 'absent.wasm' ./grid function put "$tmp/bad.yaml"
printf 'forms: [\n' >"$tmp/bad.yaml"
refused 'a function file that is no YAML' 2 "$tmp/bad.yaml" ./grid function put "$tmp/bad.yaml"
echo 'pure: perhaps' >"$tmp/bad.yaml"
refused 'a function file that says nonsense' 2 'pure' ./grid function put "$tmp/bad.yaml"
refused 'a message that is none' 1 'not what a grid reads' ./grid decode LICENSE
printf '\x9f' >"$tmp/bad.cbor"
refused 'CBOR without an end' 1 'not what a grid reads' ./grid decode "$tmp/bad.cbor"
refused 'a graph of what is no message' 1 'absent' ./grid graph "$(echo nothing | ./grid cid)"
refused 'a tree that is none' 1 'invalid' ./grid tree "$cid"
refused 'a token that is none' 2 'neither a file nor a token' ./grid status --token nonsense
refused 'an agent that is none' 125 "can't be reached" ./grid status --on "$tmp/nobody.sock"
refused 'a port where nobody listens' 125 'no answer' ./grid status --on 127.0.0.1:1
run ./grid status --on "$GRID_URL"
equal 'the owner is known over HTTP, too' 0 "$code"

note 'tokens'
run ./grid token issue --bearer --until 1h --function wordcount -p top=2
equal 'one is issued' 0 "$code"
token=$out
run ./grid --token "$token" --on "$GRID_URL" call wordcount --input LICENSE
equal 'it allows what it says' 0 "$code"
refused 'another parameter' 125 'the token binds' \
  ./grid --token "$token" call wordcount -p top=3 --input LICENSE
refused 'another function' 125 'absent' ./grid --token "$token" call sha256 --input LICENSE
refused 'another kernel function' 1 'absent' ./grid --token "$token" events
contains 'it is listed by name' 'wordcount' "$(./grid token ls)"
run ./grid token issue --bearer --until 1h --function wordcount --rate 5/1m
./grid --token "$out" call wordcount --input LICENSE >"$tmp/out"
equal 'what limits it is listed' '[5,60000]' "$(./grid token ls -o json | jq -c '.tokens[] | select(.rate).rate')"
run ./grid token revoke "$token"
equal 'it is revoked' 0 "$code"
refused 'then it is worth nothing' 125 'revoked' \
  ./grid --token "$token" call wordcount --input LICENSE
run ./grid token issue --bearer --until 1h --function wordcount -o json
unused=$(jq -r '.text' <<<"$out")
run ./grid token revoke "$(jq -r '.token["/"]' <<<"$out")"
equal 'one that nobody has used yet can be revoked by its name' 0 "$code"
refused 'and is worth nothing either' 125 'revoked' \
  ./grid --token "$unused" call wordcount --input LICENSE

note 'lists'
run ./grid calls -o json
holds 'calls came before they were answered' \
  jq -e '[.calls[] | select(.state == "ended")] | length > 0 and all(.ended >= .started)' "$tmp/out"
./grid ref set heads "$(./grid put LICENSE)" >"$tmp/out"
./grid ref set heads "$(./grid put README.md)" >"$tmp/out"
equal 'all heads of a name are shown' 2 "$(./grid ref log heads -o json | jq '.entries | length')"
equal 'or so many' 1 "$(./grid ref log heads --limit 1 -o json | jq '.entries | length')"

note 'for programs'
for command in status 'key ls' 'token ls' 'function ls' 'function show wordcount' 'ref ls' \
  'ref get wordcount' 'ref log wordcount' calls "graph $receipt" "tree $tree" 'cid LICENSE' \
  'put LICENSE' 'explain wordcount' events; do
  # shellcheck disable=SC2086 # several words
  run ./grid $command -o json
  jq -e . "$tmp/out" >"$tmp/json" 2>&1 && [[ -s $tmp/json ]] || code="no JSON"
  equal "\`${command%% bafk*} -o json\` is JSON" 0 "$code"
done
run ./grid call nobody/knows --nonsense -o json
equal 'so is what can not be parsed' 'usage 2' "$(jq -r '"\(.error) \(.exit)"' <<<"$err")"
run ./grid call nobody/knows -o json
equal 'a failure is JSON, too' 'absent 125' "$(jq -r '"\(.error) \(.exit)"' <<<"$err")"
holds 'the completion is a script' bash -n <(./grid completion bash)

note 'agents come and go'
run ./grid status
equal 'after all that the agent answers' 0 "$code"
kill -0 "$AGENT_PID"
export GRID_HOME=$tmp/second
refused 'where none runs, it says how to start one' 125 'grid up' ./grid status
run ./grid up --port 0
equal 'one is started' 0 "$code"
contains 'and ready' 'is ready: process' "$out"
run ./grid up --port 0
equal 'starting it again is no error' 0 "$code"
contains 'it says that one runs' 'runs already' "$out"
holds 'its log is in the home' grep -q 'Listening on' "$GRID_HOME/agent.log"
run ./grid status -o json
equal 'it answers' 0 "$code"
pid=$(jq .pid "$GRID_HOME/agent.json")
kill -9 "$pid"
holds 'it is killed' await bash -c "! kill -0 $pid 2>/dev/null"
refused 'then it is there no more, whatever agent.json says' 1 'no agent runs' ./grid down
run ./grid doctor
equal 'which the doctor finds' 1 "$code"
contains 'and says what to do' 'starts it again' "$out"
run ./grid up --port 0
equal 'it is started again' 0 "$code"
run env GRID_HTTP_PROT=1 ./grid doctor
equal 'an option that is none is found' 1 "$code"
contains 'and named' 'grid.http.prot' "$out"
run ./grid doctor
equal 'and nothing is wrong any more' 0 "$code"
run ./grid down
equal 'it is asked to end' 0 "$code"
holds 'and has ended' [ ! -e "$GRID_HOME/agent.json" ]
refused 'there is none to end any more' 1 'no agent runs' ./grid down
