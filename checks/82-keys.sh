#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
subject "The owner's key is changed, and nobody is locked out; who can do what, when it was last used, and what is left"

agent_start
home=$GRID_HOME keys=$GRID_HOME/keys
run ./grid function put examples/wordcount.yaml --name wordcount
did=$(./grid key new helper)
./grid token issue --to "$did" --until 1h --function wordcount --uses 3 >"$tmp/counted"
run ./grid --token "$tmp/counted" call wordcount <README.md
equal 'a token that the owner issued is used' 0 "$code"

listed() { # token-file: its line
  local cid
  cid=$(./grid token show "$1" -o json | jq -r '.token["/"]')
  ./grid token ls -o json | jq -c --arg cid "$cid" '.tokens[] | select(.token["/"] == $cid)'
}
line=$(listed "$tmp/counted")
equal 'who it is for is listed' "$did" "$(jq -r .audience <<<"$line")"
equal 'what is left of it' 2 "$(jq .left <<<"$line")"
now=$(date +%s)
last=$(($(jq .last <<<"$line") / 1000))
holds 'when it was last used, to the minute' test $((now - last)) -lt 120

before=$(./grid key show owner)
cp -a "$keys" "$tmp/keys.before"
run ./grid key rotate
equal "the owner's key is changed" 0 "$code"
after=$out
differ 'it is another' "$before" "$after"
equal 'it is where the old one was' "$after" "$(./grid key show owner)"
equal 'nothing else is left behind' 'helper.pem node.pem owner.pem root.token' "$(cd "$keys" && echo *)"
run ./grid status
equal 'the owner goes on with it' 0 "$code"
run ./grid --token "$tmp/keys.before/root.token" --key "$tmp/keys.before/owner.pem" status
equal 'the old root is worth nothing' 1 "$code"
contains 'and it says why' 'revoked' "$err"
run ./grid --token "$tmp/counted" call wordcount <README.md
contains 'nor is what was issued from it' 'revoked' "$err"
contains 'which is listed so' 'revoked above' "$(./grid token ls)"
run ./grid events -o json
equal 'the journal has it' 1 "$(jq -s '[.[] | select(.kind == "revoked")] | length' <<<"$out")"

# Cut short after each step: the owner can still call, and doing it again ends it.
step() { # name
  run ./grid status
  equal "$1: the owner can call" 0 "$code"
  run ./grid key rotate
  equal "$1: done again, it goes on" 0 "$code"
  equal '  and leaves nothing behind' 'helper.pem node.pem owner.pem root.token' "$(cd "$keys" && echo *)"
  run ./grid status
  equal '  and the owner goes on' 0 "$code"
}
./grid key new owner.next >/dev/null
wanted=$(./grid key show owner.next)
step 'after the new key'
equal '  with the key that was made' "$wanted" "$(./grid key show owner)"

# The agent away when the old root is to be revoked: the files say how far it came.
agent_stop
run ./grid key rotate
equal 'without the agent it stops' 125 "$code"
equal 'with both new files there' 'helper.pem node.pem owner.next.pem owner.pem root.next.token root.token' "$(cd "$keys" && echo *)"
cp -a "$keys" "$tmp/keys.midway"
agent_start "$home"
step 'after the new root'

# Back to what was there midway: by now the old root is revoked.
cp -a "$tmp/keys.midway/." "$keys/"
step 'after the revocation'

cp -a "$keys" "$tmp/keys.done"
cp "$tmp/keys.midway/owner.pem" "$keys/owner.pem"
mv "$tmp/keys.done/owner.pem" "$keys/owner.next.pem"
step 'after the root took its place'

# A key that others may use: nothing mends that but its owner.
agent_stop
starts() { run env GRID_HTTP_PORT=0 "$JAVA_HOME/bin/java" -jar agent/server/target/quarkus-app/quarkus-run.jar; }
for key in node.pem owner.pem; do
  chmod 640 "$keys/$key"
  starts
  equal "others may use $key: the agent does not start, and would not a second time" 78 "$code"
  contains '  it names the file' "$key" "$out$err"
  contains '  and what is to be done' 'chmod 600' "$out$err"
  chmod 600 "$keys/$key"
done
agent_start "$home"
printf 'x' | ./grid secret put db >/dev/null
agent_stop
chmod 604 "$keys/secrets.key"
starts
equal 'the same for the key of secrets' 78 "$code"
contains '  by its name' 'secrets.key' "$out$err"
chmod 600 "$keys/secrets.key"
mkdir -m 755 "$tmp/papers"
touch "$tmp/papers/thesis.txt"
GRID_HOME=$tmp/papers starts
equal 'a folder of other things is no home, the next time neither' 78 "$code"
contains '  what it holds is named' 'thesis.txt' "$out$err"
agent_start "$home"
run ./grid status
equal 'mended, it starts' 0 "$code"
