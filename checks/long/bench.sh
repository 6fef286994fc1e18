#!/usr/bin/env bash
. "$(dirname "$0")/../lib.sh"
subject 'Measured side by side with what would be used instead'

# Whether a target is met is told, never claimed: a timing is no test. ROUNDS and SECONDS_EACH: see bench/README.md.
for rival in wrk node; do
  if ! type "$rival" >/dev/null 2>&1; then
    skip "no $rival to measure against"
    exit
  fi
done
run bench/side-by-side
equal 'every measurement is taken, and every result is the same as the rival gives' 0 "$code"
cat "$tmp/out"
