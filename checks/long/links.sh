#!/usr/bin/env bash
. "$(dirname "$0")/../lib.sh"
subject 'Among a million links a question of provenance is answered as a database would, and soon'

# LINKS: how many; QUESTIONS: how many of each kind, of which the first quarter only warms. How long it takes is told,
# never claimed: a timing is no test.
links=${LINKS:-1000000}
if ! python3 -c 'import sqlite3' 2>/dev/null; then
  skip 'no Python with SQLite to compare with'
  exit
fi
# shellcheck disable=SC2119 # a home of its own
AGENT_JAVA_OPTS=-Xmx512m agent_start
token=$(./grid token issue --bearer --until 1d --may content.put,content.graph)
run python3 bench/links.py "$GRID_URL" "$token" "$links" "${QUESTIONS:-400}"
equal "$links links: every answer is the one that a recursive query gives" 0 "$code"
cat "$tmp/out"
equal 'the audit is clean' true "$(./grid audit verify -o json | jq .sound)"
