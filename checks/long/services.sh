#!/usr/bin/env bash
. "$(dirname "$0")/../lib.sh"
. checks/engine.sh
all=${GRID_SERVICES:-100}
subject "$all services outlive the agent, which takes them up as they are"

# How long each step takes is told, never claimed: a timing is no test.
if engine_lacks; then
  skip "$lacking"
  exit
fi
engine_start && engine_works || { skip "${lacking:-no Docker engine starts here}" && exit; }
export DOCKER_HOST=unix://$ENGINE_SOCKET

mkdir -p "$tmp/tools/bin" "$tmp/tools/tmp"
cp "$(readlink -f "$(command -v busybox)")" "$tmp/tools/bin/busybox"
for command in sh sleep echo; do ln -s busybox "$tmp/tools/bin/$command"; done
drivers/tck/programs/image.sh "$tmp/tools.tar" "$tmp/tools" /bin/sh -c

now() { echo "${EPOCHREALTIME/[.,]/}"; } # in microseconds
timed() { note "$1: $((($(now) - $2) / 1000)) ms, load $(cut -d ' ' -f 1-3 /proc/loadavg)"; }
asked() { curl -sS --fail-with-body --max-time 60 -H "Authorization: Bearer $token" "$@"; }
# One request for each service, several at a time; a body is in $tmp/NAME.json, if there is one.
each() { # method
  local number
  for number in $(seq "$all"); do
    ((number == 1)) || echo next
    printf 'url = "%s/services/many-%s"\nrequest = %s\nheader = "Authorization: Bearer %s"\n' "$GRID_URL" "$number" "$1" "$token"
    [[ $1 != PUT ]] || printf 'header = "Content-Type: application/json"\ndata = "@%s"\n' "$tmp/many-$number.json"
    printf 'output = "/dev/null"\nfail\nsilent\nshow-error\nwrite-out = "%%{http_code}\\n"\n'
  done >"$tmp/curl"
  curl --parallel --parallel-max 16 -K "$tmp/curl" 2>&1 | sort | uniq -c | awk '{ print $1, $2 }'
}
in_state() { asked "$GRID_URL/services" | jq --arg state "$1" '[.services[] | select(.state == $state)] | length'; }
stand() { [[ $(in_state running) == "$1" && $(in_state failed) == "$2" ]]; } # running failed
containers() { engine_get "/containers/json?all=1&filters=%7B%22label%22%3A%5B%22grid.kind%3Dservice%22%5D%7D"; }
# Which containers there are, when each began, and how often the engine itself started it again.
began() {
  containers | jq -r '.[].Id' | sort | while read -r id; do
    engine_get "/containers/$id/json" | jq -r '"\(.Id) \(.State.StartedAt) \(.RestartCount)"'
  done
}
container() { containers | jq -r --arg name "$1" '.[] | select(.Labels["grid.resource"] == $name) | .Id'; }
exited() { [[ $(engine_get "/containers/$1/json" | jq -r .State.Status) == exited ]]; }
replica() { asked "$GRID_URL/services?name=$1" | jq -r ".services[0].replicas[0].$2"; }
healthy() { [[ $(./grid status -o json | jq -r '.targets[] | select(.target | startswith("docker:")) | .status') == healthy ]]; }

agent_start
home=$GRID_HOME
holds 'the engine is a target, and can work' await healthy
image=$(./grid put "$tmp/tools.tar")
token=$(./grid token issue --bearer --until 1d --may content.put,service.start,service.list,service.remove)
asked -o "$tmp/put" -H 'Content-Type: application/octet-stream' --data-binary "@$tmp/tools.tar" "$GRID_URL/content"
for number in $(seq "$all"); do
  # It ends at once when it is asked to, and takes no processor meanwhile. The second one stays ended.
  jq -n --arg image "$image" --arg number "$number" '{within: 0, service: ({
    image: {"/": $image},
    command: ["trap \"exit 0\" TERM; trap \"exit 7\" USR1; echo began \($number); sleep 1000000 & wait"]
  } + if $number == "2" then {restart: {policy: "never"}} else {} end)}' >"$tmp/many-$number.json"
done

start=$(now)
told=$(each PUT)
holds "$all services run" await stand "$all" 0
timed "up, from the first request until all run" "$start"
equal 'each was taken on' "$all" "$(awk '{ sum += $2 ~ /^20/ ? $1 : 0 } END { print sum }' <<<"$told")"
began >"$tmp/before"
equal 'each in a container' "$all" "$(wc -l <"$tmp/before")"

agent_kill
for victim in many-1 many-2; do
  id=$(container "$victim")
  engine_post "/containers/$id/kill?signal=USR1" '' >"$tmp/killed"
  holds "the agent is killed, and $victim ends meanwhile" await exited "$id"
done
start=$(now)
agent_start "$home"
timed 'the next agent, from its start until it is ready' "$start"
holds 'it has them all' await stand $((all - 1)) 1
timed 'and until it says of all how they are' "$start"
began >"$tmp/after"
equal 'none of the others was made or started anew' $((all - 1)) "$(comm -12 "$tmp/before" "$tmp/after" | wc -l)"
equal 'nor is there any more' "$all" "$(wc -l <"$tmp/after")"
equal 'what ended is told with its own code, and runs again' '7 1 running' "$(replica many-1 exit.code) $(replica many-1 restarts) $(replica many-1 state)"
equal 'or stays ended, as its policy says' '7 0 ended' "$(replica many-2 exit.code) $(replica many-2 restarts) $(replica many-2 state)"

broken=
for number in $(seq "$all"); do
  expected="began $number"
  ((number != 1)) || expected+=$'\n'"began $number"
  [[ $(./grid logs "many-$number" 2>&1) == "$expected" ]] || broken+=" many-$number"
done
equal 'logs of all are whole, and go on through a start' '' "$broken"

none() { [[ $(containers) == '[]' && $(engine_get /networks | jq '[.[] | select(.Labels["grid.node"])] | length') == 0 ]]; }
start=$(now)
told=$(each DELETE)
holds 'removed, nothing is left of them, no network either' await none
timed 'down, from the first request until nothing is left' "$start"
equal 'each was let go' "$all" "$(awk '{ sum += $2 ~ /^20/ ? $1 : 0 } END { print sum }' <<<"$told")"
agent_stop
equal 'the agent ends in good order' asked "$ended"
