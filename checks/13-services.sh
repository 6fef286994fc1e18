#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
. checks/engine.sh
subject 'Services are kept running in containers, whatever becomes of them, of the agent and of the engine'

if engine_lacks; then
  skip "$lacking"
  exit
fi
for need in nginx script musl-gcc; do
  command -v "$need" >/dev/null || { skip "no $need here" && exit; }
done
[[ -x /bin/busybox ]] || { skip 'no busybox to make images of' && exit; }
engine_start && engine_works || { skip "${lacking:-no Docker engine starts here}" && exit; }
note "$(engine_get /version | jq -r '"Docker \(.Version), API \(.ApiVersion), \(.KernelVersion)"'), $ENGINE_STORAGE"
export DOCKER_HOST=unix://$ENGINE_SOCKET

# --- images, made here -----------------------------------------------------------------------------------------------

# A folder with busybox and its commands.
system() { # folder
  mkdir -p "$1"/{bin,etc,tmp,var,root}
  cp "$(readlink -f /bin/busybox)" "$1/bin/busybox"
  for command in sh cat echo ls id sleep kill tty stty stat wc seq mkdir rm touch wget nc true false hostname env; do
    ln -s busybox "$1/bin/$command"
  done
  printf 'root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/:/bin/false\nnobody:x:65534:65534::/:/bin/false\n' >"$1/etc/passwd"
  printf 'root:x:0:\nwww-data:x:33:\nnogroup:x:65534:\n' >"$1/etc/group"
}
system "$tmp/tools"
drivers/tck/programs/image.sh "$tmp/tools.tar" "$tmp/tools" /bin/sh -c

# nginx as Debian packs it, with the libraries that it names.
system "$tmp/web"
mkdir -p "$tmp/web"/{usr/sbin,var/log/nginx,var/lib/nginx,run,srv,etc/nginx}
nginx=$(command -v nginx)
cp "$nginx" "$tmp/web/usr/sbin/nginx"
ldd "$nginx" | grep -o '/[^ )]*' | while read -r library; do
  mkdir -p "$tmp/web$(dirname "$library")"
  cp -L "$library" "$tmp/web$library"
done
for library in /lib/x86_64-linux-gnu/libnss_files.so.2 /lib/aarch64-linux-gnu/libnss_files.so.2; do
  [[ ! -e $library ]] || cp -L "$library" "$tmp/web$library"
done
cat >"$tmp/web/etc/nginx/nginx.conf" <<'CONF'
daemon off;
pid /run/nginx.pid;
error_log /dev/stderr notice;
events {}
http {
  access_log /dev/stdout;
  server {
    listen 80;
    root /srv;
    location = /ping { return 200 "pong\n"; }
  }
}
CONF
drivers/tck/programs/image.sh "$tmp/web.tar" "$tmp/web" /usr/sbin/nginx -c /etc/nginx/nginx.conf

containers() { engine_get "/containers/json?all=1&filters=%7B%22label%22%3A%5B%22grid.kind%3Dservice%22%5D%7D"; }
count() { containers | jq length; }
line() { ./grid ps "$1" -o json | jq -r "$2"; } # service filter
replica() { line "$1" ".services[0].replicas[0].$2"; }
is() { [[ $(line "$1" '.services[0].state') == "$2" ]]; } # service state

# --- a real one, end to end ------------------------------------------------------------------------------------------

export GRID_DRIVERS_DOCKER_BINDS=$tmp/allowed
agent_start
home=$GRID_HOME
healthy() { [[ $(./grid status -o json | jq -r '.targets[] | select(.target | startswith("docker:")) | .status') == healthy ]]; }
holds 'the engine is a target, and can work' await healthy

run ./grid service start web --image "$tmp/web.tar" --security image \
  --port 80 --volume pages:/srv --health http://:80/ping --wait 60s
equal 'nginx is started' 0 "$code"
note "$(tail -n 1 <<<"$out")"
equal 'it runs, and is healthy' 'running healthy' "$(line web '.services[0].state') $(replica web health)"
port=$(replica web 'ports[0].port')
equal 'it answers at its port' pong "$(curl -sS --max-time 10 "http://127.0.0.1:$port/ping")"
equal 'which listens on this host alone' 127.0.0.1 "$(replica web 'ports[0].address // "127.0.0.1"')"

run ./grid exec -i web -- sh -c 'cat >/srv/page' <<<'kept in a volume'
equal 'a program beside it writes what it reads into the volume' 0 "$code"
equal 'and nginx tells it' 'kept in a volume' "$(curl -sS --max-time 10 "http://127.0.0.1:$port/page")"
run ./grid exec web -- sh -c 'echo out; echo err >&2; exit 42'
equal 'a program beside it ends with its code, and writes where it wrote' '42 out err' "$code $out $err"
printf 'stty size; tty; exit 7\n' >"$tmp/typed"
code=0
script -qec "stty rows 33 columns 99; ./grid service exec -it web -- sh" /dev/null <"$tmp/typed" >"$tmp/terminal" 2>&1 || code=$?
equal 'a shell gets a terminal, and its code comes back' 7 "$code"
contains 'of the size of this one' '33 99' "$(<"$tmp/terminal")"
contains 'which it knows by name' /dev/pts/ "$(<"$tmp/terminal")"

run ./grid logs web
contains 'its log tells of what was asked' 'GET /page' "$out"
contains 'and what it says of itself stands among its errors' notice "$err"
run ./grid logs web --tail 1
equal 'the last line alone can be asked for' 1 "$(cat "$tmp/out" "$tmp/err" | wc -l)"
./grid logs web --follow --tail 0 >"$tmp/followed" 2>/dev/null &
follower=$!
asked() { curl -sS -o /dev/null --max-time 10 "http://127.0.0.1:$port/followed" && grep -q followed "$tmp/followed"; }
holds 'who follows it sees what comes' await asked
kill "$follower" && wait "$follower" 2>/dev/null || :
run ./grid stats web -o json
equal 'it is told what it uses' true "$(jq '.replicas[0] | .memory > 0 and .processes > 0' <<<"$out")"

began=$(replica web since)
run ./grid exec web -- kill 1
again() { [[ $(replica web restarts) -ge 1 && $(replica web since) -gt $began ]] && is web running; }
holds 'killed from inside, it is started again' await again
equal 'and it is said how it ended' 0 "$(replica web exit.code)"
port=$(replica web 'ports[0].port')
answers() { [[ $(curl -sS --max-time 10 "http://127.0.0.1:$port/page" 2>/dev/null) == "$1" ]]; }
holds 'with its volume' await answers 'kept in a volume'

run ./grid service stop web
equal 'stopped' '0 stopped' "$code $(line web '.services[0].state')"
agent_stop
agent_start "$home"
await healthy
equal 'it stays stopped, whatever becomes of the agent' stopped "$(line web '.services[0].state')"
run ./grid service start web --wait 60s
equal 'until it is started' '0 running' "$code $(line web '.services[0].state')"
port=$(replica web 'ports[0].port')
holds 'with its volume' await answers 'kept in a volume'
run ./grid service rm web
equal 'removed, its containers are gone' '0 0' "$code $(count)"
run ./grid service start web --image "$tmp/web.tar" --security image \
  --port 80 --volume pages:/srv --health http://:80/ping --wait 60s
port=$(replica web 'ports[0].port')
holds 'its volume is there for the next' await answers 'kept in a volume'
run ./grid service rm web --volumes
equal 'and goes when that is said' '0 0' "$code $(engine_get /volumes | jq '[.Volumes[]? | select(.Name | test("pages"))] | length')"

# --- what doesn't run ------------------------------------------------------------------------------------------------

./grid service start writes --image "$tmp/tools.tar" --restart never --wait 0s -- 'echo trying >&2; echo x >/var/x || exit 9; sleep 1000' >/dev/null
holds 'a service that ends at once has failed' await is writes failed
run ./grid ps writes
contains 'and is reported with its code' 'code 9' "$err"
contains 'its last words' trying "$err"
contains 'and the line to add' security "$err"
run ./grid service rm writes

# --- what isn't allowed ----------------------------------------------------------------------------------------------

mkdir -p "$tmp/allowed/pages" && ln -s /etc "$tmp/allowed/link"
none() { [[ $(count) == 0 ]]; }
holds 'nothing is left of it' await none
things() { # all that a service could have been given on the engine; calls come and go, by which the agent measures what they cost
  engine_get '/containers/json?all=1' | jq -r '.[] | select(.Labels["grid.kind"] | . != "call" and . != "warm") | .Id'
  engine_get /networks | jq -r '.[].Id' | sort
  engine_get /volumes | jq -r '.Volumes[]? | select(.Labels["grid.kind"]? != "spool") | .Name' | sort
}
before=$(things)
refused() { # claim reason arguments…
  run ./grid service start bad --image "$tmp/tools.tar" "${@:3}" -- 'sleep 1000'
  equal "$1 is refused" 1 "$code"
  contains "$1: which is said" "$2" "$err"
  equal "$1: nothing was made for it" "$before" "$(things)"
}
refused 'a folder of the host' "/etc isn't one that grid.drivers.docker.binds allows" --bind /etc:/x
refused 'one behind a link' "allowed/link isn't one that grid.drivers.docker.binds allows" --bind "$tmp/allowed/link:/x"
refused 'one by ..' "binds: source is not" --bind "$tmp/allowed/../:/x"
refused "the engine's socket" "isn't one that grid.drivers.docker.binds allows" --bind "$ENGINE_SOCKET:/x"
for key in 'privileged: true' 'network_mode: host' 'pid: host' 'cap_add: [ALL]' 'devices: [/dev/kmsg]'; do
  printf 'services: {bad: {image: %s, command: [sleep, "1000"], %s}}\n' "$(./grid put "$tmp/tools.tar")" "$key" >"$tmp/bad.yaml"
  run ./grid service start "$tmp/bad.yaml"
  differ "$key is refused" 0 "$code"
  why="${key%%:*} isn't something that a service may ask"
  [[ $key != devices* ]] || why="device /dev/kmsg isn't one that grid.drivers.docker.devices allows"
  contains "$key: which is said" "$why" "$err"
done
equal 'nothing was made for any of them' "$before" "$(things)"
run ./grid service start good --image "$tmp/tools.tar" -- 'sleep 1000'
run ./grid exec good -- sh -c 'echo x >/new'
differ 'by default its root can not be written' 0 "$code"
equal 'it is nobody' 65534 "$(./grid exec good -- id -u)"
equal 'what runs beside it is somebody else where that is asked' 1234 "$(./grid exec good --user 1234 -- id -u)"
for user in 0 -0 0:0 root; do
  run ./grid exec good "--user=$user" -- id -u
  differ "but not $user" 0 "$code"
  contains "since nobody is root: $user" 'nobody is root' "$err"
done
run ./grid service rm good

# --- what it is given ------------------------------------------------------------------------------------------------

secret=$(head -c 18 /dev/urandom | base64)
printf %s "$secret" | ./grid secret put db >/dev/null
echo 'of the host' >"$tmp/allowed/pages/page"
echo 'one = 1' >"$tmp/one.conf"
printf 'services:\n  given:\n    image: %s\n    command: ["trap exit TERM; cat /etc/own/it.conf; wc -c </run/secrets/db; while true; do sleep 0.2; done"]\n    files: {/etc/own/it.conf: ./one.conf}\n    secrets: {db: /run/secrets/db}\n    binds: ["%s:/pages:ro"]\n' \
  "$tmp/tools.tar" "$tmp/allowed/pages" >"$tmp/given.yaml"
run ./grid service start "$tmp/given.yaml"
equal 'a service of a file gets a file, a secret and a folder' '0 running' "$code $(line given '.services[0].state')"
told() { [[ $(./grid logs given | tail -n 2 | tr '\n' ' ') == "$1 24 " ]]; }
holds 'which its workload finds' await told 'one = 1'
equal 'the folder is the one that is allowed' 'of the host' "$(./grid exec given -- cat /pages/page)"
equal 'the secret is what it is, for its user alone' "$secret 400 65534" "$(./grid exec given -- sh -c 'cat /run/secrets/db; echo " $(stat -c "%a %u" /run/secrets/db)"')"
run ./grid exec given -- sh -c 'echo x >/run/secrets/db || echo x >/etc/own/it.conf || echo x >/pages/new'
differ 'none of them can be written' 0 "$code"
nowhere() { # claim: looks wherever it could have been written down
  { containers; engine_get "/containers/$(containers | jq -r '.[0].Id')/json"; engine_get /volumes; ./grid ps -o json; ./grid logs given; ./grid service ls -o json; } >"$tmp/seen" 2>&1
  lacks "$1: not in what the engine and the agent tell" "$secret" "$(<"$tmp/seen")"
  equal "$1: not in the agent's home, nor on the engine's disk" '' "$(grep -rlaF -- "$secret" "$home" "$ENGINE/data" "$ENGINE/containerd" 2>/dev/null || :)"
}
nowhere 'the secret of a service that runs'
equal 'what was needed to bring it there is gone' 0 "$(engine_get '/containers/json?all=1&filters=%7B%22label%22%3A%5B%22grid.kind%3Dgiven%22%5D%7D' | jq length)"
echo 'one = 2' >"$tmp/one.conf"
run ./grid service start "$tmp/given.yaml"
holds 'a file that is another replaces the service' await told 'one = 2'
agent_kill
agent_start "$home"
await healthy
run ./grid exec given -- sh -c 'kill 1'
again_given() { [[ $(replica given restarts) -ge 1 ]] && is given running; }
holds 'after a kill of the agent, and an end of its own, it has them again' await again_given
equal 'the secret, too' "$secret" "$(./grid exec given -- cat /run/secrets/db)"
run ./grid service rm given
equal 'with it, all that it was given goes' 0 "$(engine_get /volumes | jq '[.Volumes[]? | select(.Labels["grid.kind"] == "given")] | length')"
nowhere_left() { [[ -z $(grep -rlaF -- "$secret" "$home" "$ENGINE/data" 2>/dev/null || :) ]]; }
holds 'and the secret is nowhere' nowhere_left

# --- twenty, and an agent that is killed -----------------------------------------------------------------------------

for each in {1..20}; do
  ./grid service start "many-$each" --image "$tmp/tools.tar" --wait 0s -- \
    "trap 'exit 0' TERM; trap 'exit 7' USR1; echo began $each; sleep 1000000 & wait" >/dev/null
done
running() { [[ $(./grid ps -o json | jq '[.services[] | select(.state == "running")] | length') == "$1" ]]; }
holds 'twenty services run' await running 20
began() { containers | jq -r '.[] | .Id' | sort | while read -r id; do engine_get "/containers/$id/json" | jq -r '"\(.Id) \(.State.StartedAt) \(.RestartCount)"'; done; }
began >"$tmp/before"
agent_kill
victim=$(containers | jq -r '.[] | select(.Labels["grid.resource"] == "many-7") | .Id')
engine_post "/containers/$victim/kill?signal=USR1" '' >/dev/null
over() { [[ $(engine_get "/containers/$victim/json" | jq -r .State.Status) == exited ]]; }
holds 'the agent is killed, and one ends meanwhile' await over
agent_start "$home"
holds 'the next agent has them all' await running 20
began >"$tmp/after"
equal 'none of the others was started anew' 19 "$(comm -12 <(sort "$tmp/before") <(sort "$tmp/after") | wc -l)"
equal 'what ended is told with its own code, and runs again' '7 1' "$(replica many-7 exit.code) $(replica many-7 restarts)"
equal 'logs are whole' 'began 3' "$(./grid logs many-3)"
equal 'and go on through a restart' 2 "$(./grid logs many-7 | grep -c 'began 7')"

# --- another agent, and what was made by hand ------------------------------------------------------------------------

agent_start
await healthy
equal 'another agent on the same engine knows of none of them' 0 "$(./grid ps -o json | jq '.services | length')"
run ./grid gc
equal 'nor removes any' 20 "$(count)"
agent_stop
export GRID_HOME=$home
AGENT_PID=$(jq -r .pid "$home/agent.json")

# --- an engine that goes ---------------------------------------------------------------------------------------------

engine_stop
away() { [[ $(./grid ps -o json | jq '[.services[] | select(.state == "unknown")] | length') == 20 ]]; }
holds 'without the engine nobody knows how they are, and that is said' await away
engine_start
holds 'when it is back they run again' await running 20
for each in {1..20}; do ./grid service rm "many-$each" --wait 0s >/dev/null 2>&1 || :; done
holds 'removed, nothing is left of them' await none
networks_left() { engine_get /networks | jq '[.[] | select(.Labels["grid.node"])] | length'; }
unnetworked() { [[ $(networks_left) == 0 ]]; }
holds 'no network either' await unnetworked
agent_stop
equal 'the agent ends in good order' asked "$ended"
