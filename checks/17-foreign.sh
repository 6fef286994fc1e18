#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
subject "Messages of PromiseGrid's own repositories, and bytes that are none, get an answer each"

agent_start

bytes() { # hex
  local escaped
  escaped=$(sed 's/../\\x&/g' <<<"$1")
  printf '%b' "$escaped"
}

# `answered CLAIM REASON HEX`: whatever it is, the answer names it and says why nothing was promised.
answered() {
  local claim=$1 reason=$2
  bytes "$3" >"$tmp/message"
  bytes "$(printf '%08x' "$((${#3} / 2))")$3" >"$tmp/frame"
  run curl -sS --max-time 120 -H 'Content-Type: application/vnd.promisegrid' --data-binary "@$tmp/frame" \
    -o "$tmp/frames" -w '%{http_code}' "$GRID_URL/grid"
  tail -c +5 "$tmp/frames" >"$tmp/answer"
  equal "$claim: a response" 200 "$out"
  run ./grid decode "$tmp/answer"
  equal "$claim: a message" 0 "$code"
  contains "$claim: it is $reason" "\"reason\": \"$reason\"" "$out"
  contains "$claim: nothing was promised" '"not_promised"' "$out"
  contains "$claim: it names what it answers" "$(./grid cid "$tmp/message")" "$(links "$out")"
}
# The CIDs of a message's links, which diagnostic notation writes in hexadecimal.
links() {
  local link
  while IFS= read -r link; do
    bytes "$link" | base32 | tr -d '=\n' | tr '[:upper:]' '[:lower:]' | sed 's/^/b/'
    echo
  done < <(grep -oE '01551220[0-9a-f]{64}' <<<"$1")
}

empty=01551220e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
link=d82a582500$empty
parent=8266706172656e74$link
payload=8665616c69636563626f6264736e6170f68080
proof=866365643265616c69636563656432${link}42beef6130

answered 'payload and proof as byte strings (wire-lab, POC 15)' malformed "da6772696483${link}41a044deadbeef"
answered 'with parents before them' malformed "da6772696484${link}81${link}41a044deadbeef"
answered 'parents with roles (wire-lab, POC 18)' malformed "da6772696484${link}81${parent}${payload}${proof}"
answered 'a link without its prefix (grid-examples)' malformed "da6772696482d82a5824${empty}6131"
answered 'a call of a function that nobody here knows, without a token' unauthorized "da6772696483${link}83a0f6a08280f6"
answered 'text' malformed 68656c6c6f
answered 'CBOR without an end' malformed 9f
answered 'nested without an end' malformed "da67726964$(printf '81%.0s' {1..500})00"
answered 'a float' malformed "da6772696482${link}f93c00"
answered 'a length that can not be' malformed da677269649bffffffffffffffff

run curl -sf "$GRID_URL/q/health/ready"
equal 'after all that the agent is ready' 0 "$code"
kill -0 "$AGENT_PID"
