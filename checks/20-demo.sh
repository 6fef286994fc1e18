#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
subject 'The demo does what it says, on an agent of its own'

# What the environment says to other agents and commands doesn't concern it.
export GRID_HOME=$tmp/mine GRID_HOST=127.0.0.1:1 GRID_TOKEN=nonsense GRID_HTTP_PORT=1

run ./grid demo --out "$tmp/picture.png" </dev/null
equal 'it ends with 0' 0 "$code"
contains 'every step did what it says' 'steps did what they say.' "$out"
lacks 'no step failed' '✗' "$out"
for step in 'an agent starts' 'its owner puts functions' 'and a text of this repository' 'asked where a call would run' \
  'counting words' 'the receipt is signed' 'the same call again comes from the cache' 'SHA-256 of a file' \
  'a picture is drawn' 'a guest gets a closure' "the guest can't undo" 'a stranger is refused' \
  'the guest passes on less' 'revoked by the owner' 'a runaway is stopped' \
  'where the picture came from' 'the agent ends'; do
  contains "it shows: $step" "✓ $step" "$out"
done
lacks 'no control characters in a pipe' $'\033' "$out"
equal 'the picture is there' '89504e470d0a1a0a' "$(head -c 8 "$tmp/picture.png" | od -An -tx1 | tr -d ' \n')"
holds 'my own home was not touched' [ ! -e "$GRID_HOME" ]
equal 'its folder is gone' '' "$(find "$tmp" -maxdepth 1 -name 'grid-demo-*')"

run ./grid demo --keep --out "$tmp/picture.png" -o json </dev/null
equal 'again, for programs: it ends with 0' 0 "$code"
differ 'and with --keep its folder stays where it was looked for' '' "$(find "$tmp" -maxdepth 1 -name 'grid-demo-*')"
equal 'as JSON' 'true' "$(jq -r '.good and ([.steps[].good] | all)' <<<"$out")"

# A demo that can't write its picture says so, and ends with another code.
run ./grid demo --out "$tmp/no/such/folder/picture.png" </dev/null
equal 'a step that fails shows in the exit code' 1 "$code"
contains 'and in the table' '✗ a picture is drawn' "$out"
