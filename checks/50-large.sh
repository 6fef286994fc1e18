#!/usr/bin/env bash
# Content much larger than the agent's heap.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
subject '1 GiB goes in and out with 256 MiB of heap; a flipped bit is found, never served'

size=$((1 << 30))
free=$(df --output=avail -B1 "$tmp" | tail -n 1)
if ((free < 5 * size)); then
  skip "needs 5 GiB in $tmp, and there are $((free >> 20)) MiB"
  exit
fi

AGENT_JAVA_OPTS=-Xmx256m agent_start
token=$(./grid token issue --bearer --until 1h --may content.put,content.get,content.has,agent.status)
auth="Authorization: Bearer $token"
head -c "$size" /dev/urandom >"$tmp/large"
sum=$(sha256sum <"$tmp/large" | cut -d' ' -f1)

out=$(curl -s -H "$auth" -X POST -T "$tmp/large" "$GRID_URL/content?expect=sha256:$sum")
cid=$(jq -r '.cid["/"]' <<<"$out")
equal 'put over HTTP' "$size" "$(jq -r .size <<<"$out")"
equal 'got over HTTP' "$sum" "$(curl -s -H "$auth" "$GRID_URL/content/$cid" | sha256sum | cut -d' ' -f1)"
equal 'a part from its end' "$(tail -c 1000 "$tmp/large" | sha256sum)" \
  "$(curl -s -H "$auth" -r "$((size - 1000))-" "$GRID_URL/content/$cid" | sha256sum)"

# Other bytes for the socket, so that they really travel.
printf 'x' >>"$tmp/large"
other=$(sha256sum <"$tmp/large" | cut -d' ' -f1)
run ./grid put "$tmp/large"
equal 'put over the socket' 0 "$code"
second=$out
run ./grid get "$second" --out "$tmp/back"
equal 'got over the socket' "$other" "$(sha256sum <"$tmp/back" | cut -d' ' -f1)"
rm -f "$tmp/back"

code=$(curl -s -o "$tmp/refused" -w '%{http_code}' -H "$auth" -X POST -T "$tmp/large" "$GRID_URL/content?expect=sha256:$sum")
equal 'bytes of another sum are refused' 422 "$code"
equal 'and told so' invalid "$(jq -r .code "$tmp/refused")"
rm -f "$tmp/large"

# One bit, in the middle of the stored file.
file=$(find "$GRID_HOME/content" -type f -size +1048575k -print | while read -r found; do
  [[ $(sha256sum <"$found" | cut -d' ' -f1) == "$sum" ]] && echo "$found"
done | head -n 1)
holds 'content lies in a file of its own' test -f "$file"
at=$((size / 2))
byte=$(od -An -tu1 -j "$at" -N 1 "$file" | tr -d ' ')
chmod u+w "$file"
printf "\\x$(printf %x $((byte ^ 1)))" | dd of="$file" bs=1 seek="$at" conv=notrunc status=none
code=0
curl -s -o "$tmp/damaged" -H "$auth" "$GRID_URL/content/$cid" || code=$?
differ 'damaged content is cut off' 0 "$code"
holds 'before the damage' test "$(stat -c %s "$tmp/damaged")" -le "$at"
holds 'and named in the log' grep -q "$cid" "$GRID_HOME.log"
code=$(curl -s -o /dev/null -w '%{http_code}' -H "$auth" "$GRID_URL/status")
equal 'the agent goes on' 200 "$code"
note "resident: $(ps -o rss= -p "$AGENT_PID" | awk '{print int($1 / 1024)}') MiB"
