#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
. checks/engine.sh
subject 'Functions run in containers as they do elsewhere, cut off, within limits, and whatever becomes of the engine'

if engine_lacks; then
  skip "$lacking"
  exit
fi
if ! command -v musl-gcc >/dev/null || [[ ! -x /bin/busybox ]]; then
  skip 'no musl-gcc and busybox to make images of'
  exit
fi
engine_start && engine_works || { skip "${lacking:-no Docker engine starts here}" && exit; }
note "$(engine_get /version | jq -r '"Docker \(.Version), API \(.ApiVersion), \(.KernelVersion)"'), $ENGINE_STORAGE"
export DOCKER_HOST=unix://$ENGINE_SOCKET

# --- images of one layer, made here ---------------------------------------------------------------------------------

image() { # name entrypoint…: of what lies in $tmp/name
  chmod 711 "$tmp/$1"
  drivers/tck/programs/image.sh "$tmp/$1.tar" "$tmp/$1" "${@:2}"
}
mkdir "$tmp"/{count,tools,programs}
musl-gcc -static -O2 -s -o "$tmp/count/wordcount" examples/wordcount.c
image count /wordcount
cp "$(readlink -f /bin/busybox)" "$tmp/tools/busybox"
image tools /busybox sh -c
drivers/tck/programs/build-linux.sh "$tmp/programs"
mv "$tmp/programs/programs-$(uname -m)" "$tmp/programs/programs"
musl-gcc -static -Os -s -o "$tmp/programs/forks" -x c - <<'C'
/* Begins processes without end, each of which does. */
#include <unistd.h>
int main(void) { for (;;) fork(); }
C
image programs /programs
image programs /forks && mv "$tmp/programs.tar" "$tmp/forks.tar"
image programs /programs

in_container=(--place driver=docker)
export GRID_DRIVERS_DOCKER_WARM=0 # containers are counted; those that wait for calls have their own part below

# --- one function in two forms --------------------------------------------------------------------------------------

sed -e 's|\./|'"$root/examples/"'|' -e '/^limits/d' examples/wordcount.yaml >"$tmp/count.yaml"
echo "  - image: $tmp/count.tar" >>"$tmp/count.yaml"

agent_start
run ./grid function put "$tmp/count.yaml" --name count -o json
equal 'a function of two forms is put' 0 "$code"
function=$(jq -r '.function["/"]' <<<"$out")
healthy() { [[ $(./grid status -o json | jq -r '.targets[] | select(.target | startswith("docker:")) | .status') == healthy ]]; }
holds 'the engine is a target, and can work' await healthy

# It is dearer as long as the module is being compiled, which on a busy machine takes its time.
picks() { run ./grid explain count --input README.md -o json && [[ $(jq -r '.targets[.chosen].form' <<<"$out") == "$1" ]]; }
holds 'the agent picks WebAssembly' await picks wasm
equal 'the container was able, too' true "$(jq '[.targets[] | select(.form == "image")][0].able' <<<"$out")"
holds 'and dearer, by numbers that are told' jq -e '(.targets[.chosen].expected) as $least
  | [.targets[] | select(.form == "image")][0] | .expected > $least and (.parts | length) > 0' >/dev/null <<<"$out"

token=$(./grid token issue --bearer --until 1h --function "$function")
count() { run env GRID_TOKEN="$token" ./grid call "$function" -p top=50 --input LICENSE --out "$tmp/$1" --receipt "$tmp/$1.receipt" "${@:2}"; }
ran() { ./grid decode "$tmp/$1.receipt" | grep -o '"form": "[a-z]*"' | cut -d'"' -f4; }
count first
equal 'it runs' '0 wasm' "$code $(ran first)"
count second --refresh "${in_container[@]}"
equal 'the same hash and token run in a container, when that is asked for' '0 image' "$code $(ran second)"
same_bytes 'with the same bytes as the result' "$tmp/first" "$tmp/second"
run ./grid events -o json
equal 'which the agent compared, too' 0 "$(jq -s '[.[] | select(.kind == "disagreement")] | length' <<<"$out")"
count third
equal 'and what is remembered is one result' "$(./grid cid "$tmp/first")" "$(./grid cid "$tmp/third")"
home=$GRID_HOME
agent_stop
GRID_DRIVERS_WASM_ENABLED=false agent_start "$home"
await healthy
count fourth --refresh
equal 'with WebAssembly switched off the same hash and token run in a container' '0 image' "$code $(ran fourth)"
same_bytes 'with the same result' "$tmp/first" "$tmp/fourth"
agent_stop
agent_start "$home"
await healthy

# --- an engine that goes and comes ----------------------------------------------------------------------------------

words() { run ./grid call "$tmp/tools.tar" "${in_container[@]}" -- "$@"; }
words 'echo here'
equal 'an image is called as it is' '0 here' "$code $out"
engine_stop
words 'echo here'
equal 'without the engine nothing is promised' 125 "$code"
contains 'and the reason is told' "docker:$DOCKER_HOST: " "$err"
note "$(head -n 1 <<<"$err")"
engine_start
works() { words 'echo here' && [[ $out == here ]]; }
holds 'when it is back it is used again, by the same agent' await works

# --- from inside ----------------------------------------------------------------------------------------------------

words '(echo x >/.grid/shim/shim) 2>/dev/null && echo wrote; (/busybox rm -rf /.grid/shim/shim) 2>/dev/null && echo removed; /busybox ls /.grid/shim; /busybox readlink /proc/1/exe || echo hidden'
equal 'the shim can not be written, and lets nobody look into it' 'shim hidden' "$(xargs <<<"$out")"
words '(echo x >/new) 2>/dev/null && echo wrote; (echo x >/busybox) 2>/dev/null && echo wrote; echo tried'
equal 'nothing of the image can be written' tried "$out"
words '/busybox id -u'
differ 'it does not run as root' 0 "$out"
words '/busybox ls /sys/class/net; /busybox wget -T 2 -q -O - http://127.0.0.1:2375/version 2>/dev/null'
equal 'there is no network but to itself' lo "$out"
words '/busybox grep -E "Cap(Inh|Prm|Eff|Amb)|NoNewPrivs" /proc/self/status'
equal 'it has no capabilities, and can get none' 5 "$(grep -c -E '^Cap...:.0+$|^NoNewPrivs:.1$' <<<"$out")"
words 'for each in /home /root /work /var/run/docker.sock /run/docker.sock '"$home $ENGINE"'; do [ ! -e $each ] || echo $each; done; echo looked'
equal "nothing of the host's is there" looked "$out"
words 'echo $$; /busybox kill -9 1; /busybox kill -STOP 1; echo alive'
contains 'its first process can not be ended from inside' alive "$out"

# --- limits ---------------------------------------------------------------------------------------------------------

exceeds() { # claim limit command...
  run "${@:3}" -o json
  equal "$1 ends" 124 "$code"
  contains "$1 ends at the $2 limit" "$2" "$out$err"
}
exceeds 'a memory bomb' memory ./grid call "$tmp/programs.tar" "${in_container[@]}" --limit memory=64MiB -- allocate 2000000000
exceeds 'a loop' time ./grid call "$tmp/programs.tar" "${in_container[@]}" --limit time=1s -- spin
exceeds 'a fork bomb' time ./grid call "$tmp/forks.tar" "${in_container[@]}" --limit time=3s
exceeds 'an output without end' output ./grid call "$tmp/programs.tar" "${in_container[@]}" --limit output=1MiB -- flood 100000000
words 'exit 42'
equal 'an exit code comes through' 42 "$code"
words 'kill -9 $$'
equal 'and so does a crash' 134 "$code"

# --- much -----------------------------------------------------------------------------------------------------------

program=$tmp/programs/programs
"$program" flood 104857600 >"$tmp/flood"
run ./grid call "$tmp/programs.tar" "${in_container[@]}" --limit time=10m --out "$tmp/flooded" -- flood 104857600
equal '100 MiB of bytes of every kind come out' 0 "$code"
same_bytes 'byte for byte' "$tmp/flood" "$tmp/flooded"
rm "$tmp/flooded"
for _ in 1 2 3 4 5 6 7 8 9 10; do cat "$tmp/flood"; done >"$tmp/gigabyte"
head -c 25165824 "$tmp/flood" >>"$tmp/gigabyte"
run ./grid call "$tmp/tools.tar" "${in_container[@]}" --limit time=20m --input "$tmp/gigabyte" -- '/busybox sha256sum'
equal '1 GiB goes in' "0 $(sha256sum <"$tmp/gigabyte")" "$code $out"
rm "$tmp/gigabyte" "$tmp/flood"

# --- two agents, and what was made by hand --------------------------------------------------------------------------

nodes() { engine_get '/containers/json?all=1' | jq -r '[.[].Labels["grid.node"] | values] | sort | join(" ")'; }
none() { [[ -z $(nodes) ]]; }
many() { [[ $(nodes | wc -w) -ge $1 ]]; }
holds 'every container of a call goes with it' await none
engine_post /images/load "@$tmp/tools.tar" >/dev/null
byhand=$(engine_post '/containers/create?name=byhand' \
  "{\"Image\": \"sha256:$(tar -xOf "$tmp/tools.tar" config.json | sha256sum | cut -c1-64)\", \"Cmd\": [\"true\"]}" | jq -r .Id)
engine_post /volumes/create '{"Name": "byhand"}' >/dev/null
inspected=$(engine_get "/containers/$byhand/json" && engine_get /volumes/byhand)

spin=("$tmp/programs.tar" "${in_container[@]}" --limit time=10m --detach -- spin)
call=$(./grid call "${spin[@]}")
holds 'one agent has a container' await many 1
first=$AGENT_PID first_node=$(nodes)
agent_start
equal 'another one runs on the same engine' here "$(./grid call "$tmp/tools.tar" "${in_container[@]}" -- 'echo here')"
other=$(./grid call "${spin[@]}")
holds 'and has one of its own' await many 2
run ./grid cancel "$other"
alone() { [[ $(nodes) == "$first_node" ]]; }
holds 'cancelled, it goes, and that alone' await alone
second_home=$GRID_HOME
agent_kill
agent_start "$second_home"
equal 'killed and started anew it works' here "$(./grid call "$tmp/tools.tar" "${in_container[@]}" -- 'echo here')"
run ./grid gc
equal 'and collects' 0 "$code"
holds "its own containers go, and the other's runs on" await alone
agent_stop
export GRID_HOME=$home AGENT_PID=$first
equal "and so does the other's call" running "$(./grid calls -o json | jq -r --arg call "$call" '.calls[] | select(.call["/"] == $call) | .state')"
run ./grid cancel "$call"
holds 'cancelled, its container goes' await none
equal 'what was made by hand is as it was' "$inspected" "$(engine_get "/containers/$byhand/json" && engine_get /volumes/byhand)"

# --- calls that outlive the agent ------------------------------------------------------------------------------------

head -c 3000000 /dev/urandom >"$tmp/input"
{ echo begun && sha256sum <"$tmp/input" && seq 1 300000; } >"$tmp/expected"
# It begins, waits until it is let go on, and then writes, or reads, too, more than is ever on its way.
script() { # marker [command]
  echo ": $1; echo begun; trap 'go=1' USR1; until [ \"\$go\" ]; do /busybox sleep 0.1; done; ${2-} /busybox seq 1 300000; exit 3"
}
read_all='/busybox sha256sum;'
workload() { pgrep -o -U 65534 -f "sh -c : $1;"; }
# It waits: SIGUSR1 is among what it catches.
works_on() { local caught && caught=$(awk '$1 == "SigCgt:" { print $2 }' "/proc/$(workload "$1")/status" 2>/dev/null) && ((0x${caught:-0} & 0x200)); }
go_on() { kill -USR1 "$(workload "$1")"; }
rests() { ! workload "$1" >/dev/null; }
begin() { # marker nonce [command]
  run ./grid call "$tmp/tools.tar" "${in_container[@]}" --limit time=10m --nonce "$2" --input "$tmp/input" --detach -- "$(script "$1" "${3-}")"
  equal "a call begins ($1)" 0 "$code"
  call=$out
  holds 'and runs' await works_on "$1"
}
goes=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n') ends=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
begin goes-on "$goes" "$read_all" && goes_call=$call
begin ends-alone "$ends" && ends_call=$call
process=$(workload goes-on)
agent_kill
holds 'the agent is killed, and it runs on' works_on goes-on
go_on ends-alone
holds 'another one ends while no agent lives' await rests ends-alone
agent_start "$home"
state() { ./grid calls -o json | jq -r --arg call "$1" '.calls[] | select(.call["/"] == $call) | .state'; }
equal 'the next agent has it running, as the very process' "running $process" "$(state "$goes_call") $(workload goes-on)"
run ./grid await "$ends_call" --out "$tmp/ended" --receipt "$tmp/ended.receipt"
equal 'what ended meanwhile is told with its exit code' 3 "$code"
same_bytes 'and all that it wrote' <(sed 2d "$tmp/expected") "$tmp/ended"
go_on goes-on
run ./grid call "$tmp/tools.tar" "${in_container[@]}" --limit time=10m --nonce "$goes" --input "$tmp/input" \
  --out "$tmp/went" --receipt "$tmp/went.receipt" -- "$(script goes-on "$read_all")"
equal 'the same call, made again, gets the end of the one that ran on' 3 "$code"
same_bytes 'with all that it wrote, before and after, of all its input' "$tmp/expected" "$tmp/went"
run ./grid await "$goes_call" --receipt "$tmp/went.again" --out "$tmp/went"
same_bytes 'and its receipt, which is the same for whoever asks' "$tmp/went.receipt" "$tmp/went.again"
holds 'and nothing of them is left' await none
rm "$tmp/input" "$tmp/expected" "$tmp/ended" "$tmp/went"

# --- warm containers -------------------------------------------------------------------------------------------------

agent_stop
GRID_DRIVERS_DOCKER_WARM=2 agent_start "$home"
await healthy
stock() { engine_get '/containers/json' | jq -r '[.[] | select(.Labels["grid.kind"] == "warm") | .Names[0] | select(contains(".warm-"))] | sort | join(" ")'; }
in_stock() { [[ -n $(stock) ]]; }
words 'echo one' && words 'echo two'
holds 'when calls follow one another, a container waits for the next' await in_stock
waiting=$(stock)
words 'echo three'
equal 'a call runs' '0 three' "$code $out"
used() { [[ " $(stock) " != *" ${waiting%% *} "* ]]; }
holds 'in the one that waited, which serves no other' await used
holds 'another one takes its place' await in_stock
agent_kill
holds 'the agent is killed, and it is still there' in_stock
agent_start "$home"
await healthy
holds 'the next agent removes it' await none
words 'echo four'
equal 'and works' '0 four' "$code $out"

# --- many warm calls at once, cut off -------------------------------------------------------------------------------

run ./grid function put "$tmp/programs.tar" --name programs
bearer=$(./grid token issue --bearer --until 1h --function programs)
counts() { # of what the engine has
  jq -s -c '[(.[0] | length), (.[1].Volumes | length), (.[2] | length)]' \
    <(engine_get '/containers/json?all=1') <(engine_get /volumes) <(engine_get /networks)
}
as_before() { [[ $(counts) == "$before" ]]; }
agent_stop
GRID_DRIVERS_DOCKER_WARM=8 agent_start "$home"
await healthy
await none # its own measuring
before=$(counts)
ask() { # number words…
  curl -sS --max-time 120 -H "Authorization: Bearer $bearer" -H 'Content-Type: application/json' -o "$tmp/crowd.$1" \
    -d "{\"function\": \"programs\", \"params\": {\"args\": [\"exit\", \"0\"]}, \"terms\": {\"place\": {\"drivers\": [\"docker\"]}}}" \
    "$GRID_URL/calls" 2>"$tmp/crowd.$1.err" && : >"$tmp/crowd.$1.answered" || :
}
ask first && ask second
holds 'containers wait for calls' await in_stock
callers=()
for each in {1..50}; do
  ask "$each" &
  callers+=("$!")
done
answered() { (($(find "$tmp" -maxdepth 1 -name 'crowd.*.answered' | wc -l) >= 12)); } # ten of them, and the two before
holds 'of fifty callers ten are answered' await answered
agent_kill
wait "${callers[@]}"
note "$(find "$tmp" -maxdepth 1 -name 'crowd.*.answered' | wc -l) of 52 were answered when the agent was killed, removing what had ended"
agent_start "$home"
await healthy
holds 'the next agent leaves nothing of them on the engine' await as_before
note "containers, volumes, networks: $before, then $(counts)"

# --- an engine that dies --------------------------------------------------------------------------------------------

descriptors() { find "/proc/$AGENT_PID/fd" -mindepth 1 2>/dev/null | wc -l; }
threads() { awk '$1 == "Threads:" { print $2 }' "/proc/$AGENT_PID/status"; }
before_descriptors=$(descriptors) before_threads=$(threads)
before=$(counts)
callers=()
for each in {1..50}; do
  curl -sS --max-time 120 -H "Authorization: Bearer $bearer" -H 'Content-Type: application/json' -o "$tmp/lost.$each" \
    -d '{"function": "programs", "params": {"args": ["spin"]}, "terms": {"place": {"drivers": ["docker"]}, "limits": {"time": 60000}}}' \
    "$GRID_URL/calls" 2>"$tmp/lost.$each.err" &
  callers+=("$!")
done
at_work() { [[ $(engine_get /containers/json | jq length) -ge $1 ]]; }
holds 'calls run' await at_work 4
engine_kill
answered=0
for each in "${callers[@]}"; do ! wait "$each" || answered=$((answered + 1)); done
equal 'when the engine is killed every caller is answered' 50 "$answered"
said=$(cat "$tmp"/lost.? "$tmp"/lost.?? | jq -c . | grep -o -w -e lost -e unable | sort | uniq -c | xargs)
contains 'those that ran: contact is lost' lost "$said"
contains 'and which engine that was' "the engine at unix://$ENGINE_SOCKET" "$(cat "$tmp"/lost.? "$tmp"/lost.??)"
note "$said"
engine_start
holds 'and when it is back it is used again' await works
holds 'no container, volume or network is left' await as_before
note "containers, volumes, networks: $before, then $(counts)"
few() { (($(descriptors) <= before_descriptors + 8 && $(threads) <= before_threads + 8)); }
holds 'nor descriptors and threads of the agent' await few
note "descriptors $before_descriptors, then $(descriptors); threads $before_threads, then $(threads)"
agent_stop
equal 'the agent ends in good order' asked "$ended"
