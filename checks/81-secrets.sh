#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
subject 'A secret is used, and found nowhere but in the sandbox that it was for'

# Something to look for that nothing else is likely to hold.
secret="no-one-$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')-sees-this"
printf %s "$secret" >"$tmp/outside" # where its owner has it: beside the home

agent_start
home=$GRID_HOME

run ./grid secret put signing-key "$tmp/outside"
equal 'a secret is put' 0 "$code"
run ./grid function put examples/sign.yaml --name sign
equal 'a function that wants it is put, and gets it by its name' 0 "$code"
run ./grid call sign --input README.md -o json
equal 'it runs' 0 "$code"
echo "$out" >"$tmp/answer.json"
run ./grid call sign --input README.md
signed=$out
if command -v openssl >/dev/null; then
  equal 'and signs as openssl does with the same key' \
    "$(openssl dgst -sha256 -hmac "$secret" README.md | sed 's/.*= //')" "$signed"
else
  equal 'and signs' 64 "${#signed}"
fi
run ./grid explain sign --input README.md
equal 'it is explained' 0 "$code"

# By hand, past the name: with a token for the secret, and without.
function=$(./grid ref get sign -o json | jq -r '.function["/"]')
run ./grid call "$function" --secret key=signing-key --input README.md
equal 'the owner fills the slot by hand' "$signed" "$out"
./grid key new helper >/dev/null
did=$(./grid key show helper)
./grid token issue --to "$did" --until 1h --function "$function" --secret signing-key >"$tmp/with"
./grid token issue --to "$did" --until 1h --function "$function" >"$tmp/without"
run ./grid --token "$tmp/with" call "$function" --secret key=signing-key <README.md
equal 'so does who has a token for function and secret' "$signed" "$out"
run ./grid --token "$tmp/without" call "$function" --secret key=signing-key <README.md
equal 'who has one for the function alone does not' 125 "$code"
contains 'as if there were no such secret' 'absent' "$err"
run ./grid call "$function" --input README.md
equal 'a slot that must be filled is not left empty' 125 "$code"

# All that the agent says, and all that it keeps.
bearer=$(./grid token issue --bearer --until 1h --may secret.list --may secret.put --may secret.remove --may agent.events)
curl -sS -H "Authorization: Bearer $bearer" "$GRID_URL/secrets" >"$tmp/said.rest"
contains 'it is listed' 'signing-key' "$(<"$tmp/said.rest")"
equal 'there is no way to get it' 405 \
  "$(curl -s -o "$tmp/said.get" -w '%{http_code}' -H "Authorization: Bearer $bearer" "$GRID_URL/secrets/signing-key")"
run curl -sS -X PUT --data-binary "@$tmp/outside" -H "Authorization: Bearer $bearer" "$GRID_URL/secrets/over-http"
contains 'one is put over HTTP' '"version":1' "$out"
curl -sS "$GRID_URL/q/metrics" >"$tmp/said.metrics"
./grid events -o json >"$tmp/said.events"
./grid calls -o json >"$tmp/said.calls"
./grid secret ls >"$tmp/said.ls"
./grid status -o json >"$tmp/said.status"
for receipt in $(jq -r '.calls[] | .receipt["/"]? // empty' "$tmp/said.calls"); do
  ./grid get "$receipt" >>"$tmp/said.receipts"
  ./grid explain --receipt "$receipt" -o json >>"$tmp/said.explained" 2>/dev/null || :
done
run ./grid secret rekey
equal 'all are sealed anew' 0 "$code"
run ./grid call sign --input README.md
equal 'and go on' "$signed" "$out"
# Backups of both kinds, which hold no more of it than the home does: no token either.
echo 'a passphrase of words' >"$tmp/passphrase"
mkdir "$tmp/backups"
run ./grid backup "$tmp/backups/open.tar"
equal 'a backup without keys' 0 "$code"
run ./grid backup "$tmp/backups/sealed.tar" --passphrase-file "$tmp/passphrase"
equal 'a backup with keys' 0 "$code"
# Not in them: so what is restored has to use the secret itself.
run ./grid call sign --input docs/design.md
later=$out
"$JAVA_HOME/bin/jcmd" "$AGENT_PID" Thread.print >"$tmp/said.threads" 2>&1

hex=$(od -An -v -tx1 "$tmp/outside" | tr -d ' \n')
bare=$(base64 -w0 "$tmp/outside" | tr -d '=')
url=$(tr '+/' '-_' <<<"$bare")
# Base64 of a text inside of a longer one has two further shapes.
shifted() { { printf '%*s' "$1" '' && cat "$tmp/outside"; } | base64 -w0 | cut -c5- | tr -d '=' | head -c $((${#bare} - 8)); }
nowhere() { # claim place
  local found
  found=$({ grep -rlaF -e "$secret" "$2"; grep -rlaFi -e "$hex" "$2"; grep -rlaF -e "$bare" -e "$url" \
    -e "$(shifted 1)" -e "$(shifted 2)" "$2"; } 2>/dev/null || :)
  equal "$1" '' "$found"
}
# That the search finds what is there.
cp "$tmp/outside" "$tmp/planted.raw"
equal 'the search finds it where it is' "$tmp/planted.raw" "$(grep -laF -e "$secret" "$tmp"/planted.*)"
rm "$tmp"/planted.*
nowhere 'it is in no file of the home while the agent runs' "$home"
agent_stop
nowhere 'nor afterwards: content, journal, index, scratch, secrets, keys' "$home"
nowhere "nor in the agent's log" "$home.log"
nowhere 'nor in a backup' "$tmp/backups"
equal 'the token of a bearer is kept in the home' "$bearer" "$(grep -rhxF -e "$bearer" "$home/tokens")"
equal 'and in no backup' '' "$(grep -laF -e "$bearer" "$tmp"/backups/* || :)"
run tar -tf "$tmp/backups/open.tar"
lacks 'without keys, none of either goes along' keys.sealed "$out"
node=$(./grid key show node)
run ./grid restore "$tmp/backups/open.tar" --home "$tmp/open" --node "$did"
differ "another's backup is refused" 0 "$code"
holds 'and nothing is there' test ! -e "$tmp/open"
run ./grid restore "$tmp/backups/open.tar" --home "$tmp/open"
contains 'whose it is, is said' "see that $node is your node" "$out"
run ./grid restore "$tmp/backups/sealed.tar" --home "$tmp/there" --passphrase-file "$tmp/passphrase" --node "$node"
equal 'the other is restored' 0 "$code"
agent_start "$tmp/there"
run ./grid call sign --input docs/design.md
equal 'and signs with the secret' "$later" "$out"
agent_stop
export GRID_HOME=$home
for said in "$tmp"/said.* "$tmp/answer.json"; do nowhere "nor in ${said##*/}" "$said"; done

# A flipped bit, found and named.
file=$(find "$home/secrets" -name 'signing-key.*')
printf '\x5a' | dd of="$file" bs=1 seek=$(($(stat -c %s "$file") - 9)) conv=notrunc status=none
agent_start "$home"
contains 'a flipped bit is named in the log' 'the secret signing-key is damaged' "$(<"$home.log")"
run ./grid secret ls
contains 'and in the list' 'the secret signing-key is damaged' "$out"
run ./grid call sign --input README.md
equal 'nothing runs with it' 125 "$code"
contains 'and it says why' 'damaged' "$err"
run ./grid call "$function" --secret key=over-http --input README.md
equal 'the others are whole' "$signed" "$out"
run ./grid secret put signing-key "$tmp/outside"
run ./grid call sign --input README.md
equal 'putting it again heals it' "$signed" "$out"
run ./grid secret rm signing-key over-http
equal 'secrets are removed' 0 "$code"
equal 'their files, too' '' "$(ls "$home/secrets")"
run ./grid call sign --input README.md
equal 'and what wanted them is told so' 125 "$code"
