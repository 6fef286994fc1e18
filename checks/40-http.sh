#!/usr/bin/env bash
# HTTP as curl sees it: the operations, and what comes back for what is none.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
subject 'curl is a whole client; whatever is malformed is told so, and the agent goes on'

# Each request has a connection of its own, and there are many more of them than there may be at a time.
AGENT_JAVA_OPTS=-Dgrid.http.connections=32 agent_start
token=$(./grid token issue --bearer --until 1h \
  --may content.put,content.get,content.has,content.tree,content.graph,ref.get,ref.propose,ref.list,call.explain,call.list,agent.status,agent.events)

# Sends a request: sets code to the status, out to the body, and leaves the head in $tmp/head.
http() { # curl arguments... path
  local path=${*: -1}
  code=$(curl -s -o "$tmp/body" -D "$tmp/head" -w '%{http_code}' -H "Authorization: Bearer $token" "${@:1:$#-1}" \
    "$GRID_URL$path") || code="curl ended with $?"
  { out=$(tr -d '\0' <"$tmp/body"); } 2>/dev/null || out=''
  err=$(head -n 1 "$tmp/head" 2>/dev/null || :)
}
json() { http -H 'Content-Type: application/json' "$@"; }
header() { sed -n "s/^$1: \\(.*\\)\\r\$/\\1/Ip" "$tmp/head"; }
# Expects a problem document with a status and a code.
problem() { # claim status code
  equal "$1: status" "$2" "$code"
  equal "$1: code" "$3" "$(jq -r .code <<<"$out" 2>/dev/null || echo 'no JSON')"
  equal "$1: media type" application/problem+json "$(header content-type)"
}

# Operations

http -T README.md -X POST /content
equal 'a file is put' 201 "$code"
cid=$(jq -r '.cid["/"]' <<<"$out")
http "/content/$cid"
same_bytes 'and comes back' "$tmp/body" README.md
equal 'tagged by its CID' "\"$cid\"" "$(header etag)"
http -r 2-5 "/content/$cid"
equal 'a range is a part' 206 "$code"
equal 'of the bytes asked for' "$(head -c 6 README.md | tail -c 4)" "$out"
http -H "If-None-Match: \"$cid\"" "/content/$cid"
equal 'what is known is not sent again' 304 "$code"
http -I "/content/$cid"
equal 'HEAD tells the size' "$(stat -c %s README.md)" "$(header content-length)"
http --data-binary @examples/wordcount.wasm "/content?expect=sha256:$(sha256sum <examples/wordcount.wasm | cut -d' ' -f1)"
equal 'a published sum is checked' 201 "$code"

run ./grid function put --name text/words --pure examples/wordcount.wasm
equal 'a function is put' 0 "$code"
caller=$token
token=$(./grid token issue --bearer --until 1h --function text/words --may call.explain)
json -d '{"function": "text/words", "input": "one two two"}' /calls
equal 'a call is answered' 200 "$code"
equal 'by a run' run "$(jq -r .how <<<"$out")"
contains 'with the output as text' two "$(jq -r .output <<<"$out")"
equal 'and the receipt' kept "$(jq -r .body.outcome.kind <<<"$out")"
json -d '{"function": "text/words", "input_base64": "b25lIHR3byB0d28="}' /calls
equal 'the same input in base64 is the same call' cache "$(jq -r .how <<<"$out")"
json -H 'Accept: application/octet-stream' -d '{"function": "text/words", "input": "one two two"}' /calls
contains 'who wants bytes gets bytes' two "$out"
equal 'with the outcome in a header' 'kept; code=0' "$(header grid-outcome)"
json -d '{"function": "text/words", "input": "later"}' -H 'Prefer: respond-async' /calls
holds 'a call that is taken on, or answered by then' test "$code" = 202 -o "$code" = 200
http "/calls/$(jq -r '.call["/"]' <<<"$out")?wait=30000"
equal 'is waited for by its name' kept "$(jq -r .body.outcome.kind <<<"$out")"
token=$caller

json -X PUT -d "{\"head\": \"$cid\"}" /refs/docs/readme
equal 'a ref is made' 200 "$code"
json -X PUT -d "{\"head\": \"$(jq -r '.ref["/"]' <<<"$out")\"}" -H "If-Match: \"$cid\"" /refs/docs/readme
problem 'a ref that would point to what is not there' 404 absent
json -X PUT -d "{\"head\": \"$(./grid put LICENSE)\"}" /refs/docs/readme
problem 'someone else'"'"'s content as head' 404 absent
curl -sN -H "Authorization: Bearer $token" "$GRID_URL/events" >"$tmp/events" 2>/dev/null &
following=$!
holds 'events are told' await grep -q '^event: put' "$tmp/events"
kill "$following" 2>/dev/null || : # it may have ended
wait "$following" || :

# What is none

for body in '' '{' '[]' '{"function": 7}' '{"function": "a", "surprise": 1}' '{"function": "a", "params": {"x": 1.5}}' \
  '{"function": "a", "terms": {"wishes": 1}}' '{"function": "a", "input_cid": "bafk"}' "$(printf '%05000d' 0 | tr 0 '[')"; do
  json -d "$body" /calls
  problem "a body ${body:0:40}" 400 malformed
done
head -c 17000000 /dev/zero | tr '\0' x | sed 's/^/{"input": "/; s/$/"}/' >"$tmp/long"
json --data-binary "@$tmp/long" /calls
problem 'JSON of 17 MB' 413 too_large
http -d '{}' /calls
problem 'a form in place of JSON' 415 unsupported_media_type
http /nothing/here
problem 'an unknown path' 404 absent
http -X DELETE /status
problem 'a method that is not there' 405 method_not_allowed
http '/status?verbose=1'
problem 'an unknown query' 400 malformed
http /calls/bafknonsense
problem 'a CID that is none' 400 malformed
http /content/nonsense
problem 'content of no name' 422 invalid
http "/content/${cid%????}aaaa"
holds 'a CID that nobody has is absent or none' test "$code" = 404 -o "$code" = 422
http "/content/$cid/tree"
problem 'a file as a tree' 422 invalid
http -T README.md -X POST "/content?cid=$(./grid put LICENSE)"
problem 'bytes of another name' 422 invalid
token=${token%?????}AAAAA
http /status
problem 'a token that was tampered with' 401 unauthorized
token=nonsense
http /status
problem 'a token that is none' 401 unauthorized
contains 'which says what would do' Bearer "$(header www-authenticate)"
token=$caller
http -H 'Host: evil.example' /status
equal 'a foreign Host' 421 "$code"
http -H 'Origin: https://evil.example' /status
equal 'a foreign Origin' 403 "$code"

printf '\0\0\0\x08nonsense' >"$tmp/frame"
http -H 'Content-Type: application/vnd.promisegrid' --data-binary "@$tmp/frame" /grid
equal 'CBOR that is none is answered' 200 "$code"
contains 'as malformed' malformed "$out"
for frame in '' '\0\0' '\0\0\0\0' '\0\0\0\x09x' '\xff\xff\xff\xff'; do
  printf "$frame" >"$tmp/frame"
  http -H 'Content-Type: application/vnd.promisegrid' --data-binary "@$tmp/frame" /grid
  problem "a frame '$frame'" 400 malformed
done
http -H 'Content-Type: text/plain' -d x /grid
problem 'a stream of another type' 415 unsupported_media_type

head -c 3000 /dev/urandom >"$tmp/not.wasm"
printf 'pure: true\nforms: [{wasm: %s}]\n' "$tmp/not.wasm" >"$tmp/not.yaml"
run ./grid function put --name text/not "$tmp/not.yaml"
token=$(./grid token issue --bearer --until 1h --function text/not)
json -d '{"function": "text/not"}' /calls
holds 'a module that is none is not promised' test "$code" = 503 -o "$code" = 422

token=$caller
http /status
equal 'the agent goes on' 200 "$code"
equal 'without an error in its log' '' "$(grep -E ' (ERROR|FATAL) ' "$GRID_HOME.log" | head -n 3 || :)"

# Starting

run env GRID_HTTP_PORT=0 "$JAVA_HOME/bin/java" -jar agent/server/target/quarkus-app/quarkus-run.jar
equal 'a second agent on the same home ends' 1 "$code"
contains 'and names the first' "$AGENT_PID" "$out$err"
lacks 'without a stack trace' '	at ' "$out$err"
run env GRID_HOME="$tmp/other" GRID_HTTP_HOST=0.0.0.0 GRID_HTTP_PORT=0 \
  "$JAVA_HOME/bin/java" -jar agent/server/target/quarkus-app/quarkus-run.jar
equal 'the network is not listened to without TLS' 78 "$code"
contains 'which is said' TLS "$out$err"
run env GRID_HOME="$tmp/other" GRID_HTTP_PROT=1 "$JAVA_HOME/bin/java" -jar agent/server/target/quarkus-app/quarkus-run.jar
equal 'an unknown option ends the start' 78 "$code"
contains 'and is named' grid.http.prot "$out$err"
agent_stop
equal 'it ends when it is asked to' asked "$ended"
holds 'agent.json is gone after a clean stop' test ! -e "$GRID_HOME/agent.json"
holds 'and so is the socket' test ! -e "$GRID_HOME/agent.sock"

GRID_DRIVERS_WASM_ENABLED=false agent_start
token=$(./grid token issue --bearer --until 1h --may agent.status)
http /status
equal 'a driver that was turned off is not there' '[]' "$(jq -c '[.targets[] | select(.target | startswith("wasm:"))]' <<<"$out")"
