#!/usr/bin/env bash
# What is kept and what goes, a home in one file, and what the disk changed.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
subject 'Content that nobody needs goes, backups make the same node, a flipped bit is named'

AGENT_JAVA_OPTS='-Dgrid.content.lease=1s' agent_start
ls_home() { find "$GRID_HOME" -type f | sed "s#^$GRID_HOME/##" | sort; }

head -c 300000 /dev/urandom >"$tmp/large"
head -c 3000 /dev/urandom >"$tmp/small"
large=$(./grid put "$tmp/large")
small=$(./grid put "$tmp/small")
run ./grid pin add "$small" --note 'a small one'
equal 'content is pinned' 0 "$code"
contains 'and listed with its note' 'a small one' "$(./grid pin ls)"

# The lease is a second: what isn't pinned goes as soon as it is over, and is asked for in no other way.
for ((waited = 0; waited < 200; waited++)); do
  [[ $(./grid gc --dry-run -o json | jq .contents) == 0 ]] || break
  sleep 0.1
done
contains 'a dry run tells what would go, and why' "$large" "$(./grid gc --dry-run)"
contains 'df tells what could be freed' 'would free' "$(./grid df)"
run ./grid gc
equal 'a collection' 0 "$code"
contains 'tells what went' '1 pieces of content, 293 KiB' "$out"
run ./grid get "$large" --out "$tmp/back"
equal 'what went is absent' absent "$(./grid get "$large" -o json 2>&1 >/dev/null | grep -o absent | head -n 1)"
lacks 'and not on the disk' "$large" "$(ls_home)"
run ./grid get "$small" --out "$tmp/back"
same_bytes 'what is pinned is there' "$tmp/small" "$tmp/back"

# A backup of the running agent is the same node elsewhere.
echo 'a passphrase of words' >"$tmp/passphrase"
./grid ref set kept "$small" >/dev/null
node=$(./grid status -o json | jq -r .node)
run ./grid backup "$tmp/backup.tar" --passphrase-file "$tmp/passphrase"
equal 'a backup while it runs' 0 "$code"
equal 'is for its owner only' 600 "$(stat -c %a "$tmp/backup.tar")"
run tar -tf "$tmp/backup.tar"
contains 'is an archive that tar reads' 'home/layout' "$out"
lacks 'holds no key in clear' "$(sed -n 2p "$GRID_HOME/keys/node.pem")" "$(strings "$tmp/backup.tar")"
run ./grid restore "$tmp/backup.tar" --home "$GRID_HOME" --passphrase-file "$tmp/passphrase"
differ 'nothing is restored over a home' 0 "$code"
head -c 20000 "$tmp/backup.tar" >"$tmp/cut.tar"
run ./grid restore "$tmp/cut.tar" --home "$tmp/there" --passphrase-file "$tmp/passphrase"
differ 'a backup that is cut off is refused' 0 "$code"
contains 'and told so' 'cut off' "$err"
holds 'and nothing is there' test ! -e "$tmp/there"
run ./grid restore "$tmp/backup.tar" --home "$tmp/there" --passphrase-file "$tmp/passphrase"
equal 'a sound one is restored' 0 "$code"
agent_stop
agent_start "$tmp/there"
equal 'it is the same node' "$node" "$(./grid status -o json | jq -r .node)"
equal 'with its names' "$small" "$(./grid ref get kept)"
run ./grid get "$small" --out "$tmp/back"
same_bytes 'and its content' "$tmp/small" "$tmp/back"

# Bits that the disk flips under a running agent, and before a start.
flip() { # file offset
  local byte
  byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
  # shellcheck disable=SC2059 # the format is the byte
  printf "\\x$(printf %x $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
large=$(./grid put "$tmp/large")
./grid pin add "$large" >/dev/null
file=$(find "$GRID_HOME/content" -name "$large")
flip "$file" 150000
run ./grid get "$large" --out "$tmp/back2"
differ 'large content with a flipped bit is not served' 0 "$code"
holds 'nor written' test ! -e "$tmp/back2"
holds 'and named in the log' grep -q "$large" "$GRID_HOME.log"
./grid put "$tmp/large" >/dev/null
run ./grid get "$large" --out "$tmp/back2"
same_bytes 'putting it again heals it' "$tmp/large" "$tmp/back2"

# The databases: damage is found when they are opened or read, and never served.
head -c 60000 /dev/urandom >"$tmp/one"
one=$(./grid put "$tmp/one")
agent_stop
begins() { # starts an agent on the home; whether it came up
  local waited
  rm -f "$GRID_HOME/agent.json"
  GRID_HTTP_PORT=0 "$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED \
    --sun-misc-unsafe-memory-access=allow -jar agent/server/target/quarkus-app/quarkus-run.jar >>"$GRID_HOME.log" 2>&1 &
  AGENT_PID=$!
  agents+=("$AGENT_PID")
  listens() { [[ -s $GRID_HOME/agent.json ]] || ! kill -0 "$AGENT_PID" 2>/dev/null; }
  await listens || kill -9 "$AGENT_PID"
  [[ ! -s $GRID_HOME/agent.json ]] || return 0
  wait "$AGENT_PID" || :
  return 1
}
cp -r "$GRID_HOME" "$tmp/sound"
file=$(find "$GRID_HOME/small" \( -name '*.sst' -o -name '*.log' \) -size +50k | head -n 1)
flip "$file" $(($(stat -c %s "$file") / 2))
: >"$GRID_HOME.log"
if begins; then
  run ./grid get "$one" --out "$tmp/back3"
  differ 'small content with a flipped bit is not served' 0 "$code"
  contains 'and named' "$one" "$err$(<"$GRID_HOME.log")"
  agent_stop
else
  contains 'a damaged database of small content refuses the start, and is named' "$GRID_HOME/small" "$(<"$GRID_HOME.log")"
fi
rm -rf "$GRID_HOME"
mv "$tmp/sound" "$GRID_HOME"
while read -r file; do flip "$file" $(($(stat -c %s "$file") / 2)); done < <(find "$GRID_HOME/index" -name '*.sst' -o -name 'MANIFEST-*')
: >"$GRID_HOME.log"
holds 'with a damaged index it starts' begins
contains 'says that it makes it anew' 'index' "$(<"$GRID_HOME.log")"
equal 'and has all names' "$small" "$(./grid ref get kept)"
