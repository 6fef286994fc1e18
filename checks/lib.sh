# shellcheck shell=bash disable=SC2034 # the scripts that source this read what it sets
# Sourced by each subject: its name, its counters, and an agent of its own. A subject can be run by itself:
# `checks/05-no-jdk.sh`.
#
#   . "$(dirname "$0")/lib.sh"
#   subject 'A sentence that says what holds'
#   agent_start                      # sets GRID_HOME, GRID_URL, AGENT_PID; ended with the subject
#   run ./grid put README.md         # sets out, err, code; never ends the script
#   equal 'it is accepted' 0 "$code"
#
# Ends with 0 if every claim held. What can't be shown here is `skip`ped with its reason.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$root"
. .mvn/find-jdk.sh || exit 1
. checks/agents.sh

passed=0 failed=0 skipped=0
agents=() others=() # processes: agents, and what else a subject started
tmp=$(mktemp -d "${TMPDIR:-/tmp}/grid-check.XXXXXX")
export TMPDIR=$tmp
out='' err='' code=0 ended=''

finish() {
  local status=$? pid
  trap - EXIT
  ((${#agents[@]} == 0)) || kill "${agents[@]}" 2>/dev/null || :
  for pid in "${agents[@]}"; do agent_stop "$pid"; done
  end_agents_below "$tmp"
  ((${#others[@]} == 0)) || kill "${others[@]}" 2>/dev/null || :
  ! declare -F engine_end >/dev/null || engine_end # of engine.sh
  ! declare -F podman_end >/dev/null || podman_end # of podman.sh
  ((status == 0 || failed > 0)) || fail "the script itself ended with $status"
  [[ -z ${CHECK_COUNTS-} ]] || echo "$passed $failed $skipped" >"$CHECK_COUNTS"
  # Never through a mount that is left over.
  rm -rf --one-file-system "$tmp"
  if ((failed)); then exit 1; fi
  exit 0
}
trap finish EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

subject() { echo "== $*"; }
pass() { passed=$((passed + 1)) && echo "  ok: $1"; }
skip() { skipped=$((skipped + 1)) && echo "  skipped: $1"; }
note() { echo "  $1"; }
fail() {
  failed=$((failed + 1))
  echo "  FAILED: $1"
  shift
  (($# == 0)) || printf '    %s\n' "$@" | cut -c1-400
}

# Runs a command and keeps what it wrote and how it ended. Bytes that no shell variable holds (NUL) are
# lost: write those to a file.
run() {
  code=0
  "$@" >"$tmp/out" 2>"$tmp/err" || code=$?
  { out=$(<"$tmp/out"); } 2>/dev/null
  { err=$(<"$tmp/err"); } 2>/dev/null
}

equal() { # claim expected actual
  if [[ $2 == "$3" ]]; then pass "$1"; else fail "$1" "expected: $2" "was:      $3" "stderr:   $err"; fi
}
differ() { # claim one other
  if [[ $2 != "$3" ]]; then pass "$1"; else fail "$1" "both are: $2"; fi
}
contains() { # claim part whole
  if [[ $3 == *"$2"* ]]; then pass "$1"; else fail "$1" "looked for: $2" "in:         $3"; fi
}
lacks() { # claim part whole
  if [[ $3 != *"$2"* ]]; then pass "$1"; else fail "$1" "found: $2" "in:    $3"; fi
}
holds() { # claim command...
  local claim=$1
  shift
  if "$@"; then pass "$claim"; else fail "$claim" "$*"; fi
}
same_bytes() { # claim file file
  if cmp -s "$2" "$3"; then pass "$1"; else fail "$1" "$(cmp "$2" "$3" 2>&1 || :)"; fi
}

# Waits until a command succeeds, for as long as two minutes: how quick a machine is, is nobody's claim.
# `await COMMAND…` fails if it never does.
await() {
  local until=$((SECONDS + 120))
  until "$@"; do
    ((SECONDS < until)) || return 1
    sleep 0.05
  done
}

# Starts an agent on a free port with a home of its own, and waits until it is ready. The home can be
# given, to start on what an earlier agent left. AGENT_JAVA_OPTS: options of its JVM.
agent_start() { # [home]
  ./grid --version >/dev/null # builds what is stale
  export GRID_HOME=${1:-$(mktemp -d "$tmp/home.XXXXXX")}
  local log=$GRID_HOME.log cache=$root/agent/server/target/agent.aot options=()
  rm -f "$GRID_HOME/agent.json"
  [[ ! -s $cache ]] || options+=("-XX:AOTCache=$cache")
  # shellcheck disable=SC2086 # options are words
  MALLOC_ARENA_MAX=2 GRID_HTTP_PORT=0 "$JAVA_HOME/bin/java" @agent/server/src/main/jvm/agent.options "${options[@]}" ${AGENT_JAVA_OPTS-} \
    -jar "$root/agent/server/target/quarkus-app/quarkus-run.jar" >>"$log" 2>&1 &
  AGENT_PID=$!
  agents+=("$AGENT_PID")
  ready() {
    ! kill -0 "$AGENT_PID" 2>/dev/null ||
      { GRID_URL=$(jq -er .url "$GRID_HOME/agent.json" 2>/dev/null) && curl -sf -o /dev/null "$GRID_URL/q/health/ready"; }
  }
  await ready && kill -0 "$AGENT_PID" 2>/dev/null && export GRID_URL && return
  fail 'the agent starts' "$(tail -n 20 "$log")"
  note "agent.json: $(cat "$GRID_HOME/agent.json" 2>&1)"
  note "readiness: $(curl -sS --max-time 5 "${GRID_URL-}/q/health/ready" 2>&1)"
  # What it waits for, if it does: every thread, virtual ones too.
  "$JAVA_HOME/bin/jcmd" "$AGENT_PID" Thread.dump_to_file -format=plain "$tmp/threads" >/dev/null 2>&1 &&
    grep -vE '^$|java\.base/|io\.netty' "$tmp/threads" | head -n 150 || :
  exit 1
}

# Asks an agent to end, and makes it end where it doesn't within two minutes. Sets `ended` to how: `asked`, or
# `killed`.
agent_stop() { # [pid]
  local pid=${1:-$AGENT_PID}
  gone() { ! kill -0 "$pid" 2>/dev/null; }
  kill "$pid" 2>/dev/null || :
  ended=asked
  await gone || ended=killed
  agent_kill "$pid"
}

# Ends an agent as a power cut would. Its number may be another's from then on, so it is forgotten.
agent_kill() { # [pid]
  local pid=${1:-$AGENT_PID} other left=()
  kill -9 "$pid" 2>/dev/null || :
  wait "$pid" 2>/dev/null || :
  for other in "${agents[@]}"; do [[ $other == "$pid" ]] || left+=("$other"); done
  agents=("${left[@]}")
}
