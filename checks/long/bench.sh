#!/usr/bin/env bash
. "$(dirname "$0")/../lib.sh"
. checks/engine.sh
subject 'Measured side by side with what would be used instead'

# Whether a target is met is told, never claimed: a timing is no test. ROUNDS and SECONDS_EACH: see bench/README.md.
for rival in wrk node; do
  if ! type "$rival" >/dev/null 2>&1; then
    skip "no $rival to measure against"
    exit
  fi
done
sections=(http wasm engine start cli)
if engine_lacks; then
  skip "calls in containers, and services: $lacking"
elif ! command -v docker >/dev/null || ! command -v docker-compose >/dev/null; then
  skip 'calls in containers, and services: no docker and docker-compose to measure against'
elif ! engine_start || ! engine_works; then
  skip "calls in containers, and services: ${lacking:-no Docker engine starts here}"
else
  sections+=(containers services)
fi
engine_end
run bench/side-by-side "${sections[@]}"
equal 'every measurement is taken, and every result is the same as the rival gives' 0 "$code"
cat "$tmp/out"
