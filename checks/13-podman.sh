#!/usr/bin/env bash
. "$(dirname "${BASH_SOURCE[0]}")/podman.sh"
[[ $EUID -ne 0 ]] || ! podman_names || podman_within "$0" "$@"
. "$(dirname "$0")/lib.sh"
. checks/engine.sh
subject 'Services are kept running by Podman, too, whatever becomes of them, of the agent and of Podman'

podman_lacks && { skip "$lacking" && exit; }
podman_names || { skip "$lacking" && exit; }
command -v script >/dev/null || { skip 'no script here' && exit; }
podman_start && podman_works || { skip "${lacking:-no Podman starts here}" && exit; }
ENGINE_SOCKET=$PODMAN_SOCKET
note "$(engine_get /version | jq -r '.Components[] | select(.Name == "Podman Engine") | "Podman \(.Version)"')"
export DOCKER_HOST=unix://$PODMAN_SOCKET

mkdir -p "$tmp/tools"/{bin,etc,tmp}
chmod 1777 "$tmp/tools/tmp"
cp "$(readlink -f /bin/busybox)" "$tmp/tools/bin/busybox"
for command in sh cat echo id sleep kill tty stty wc touch nc httpd wget nslookup true hostname; do
  ln -s busybox "$tmp/tools/bin/$command"
done
printf 'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n' >"$tmp/tools/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$tmp/tools/etc/group"
drivers/tck/programs/image.sh "$tmp/tools.tar" "$tmp/tools" /bin/sh -c

line() { ./grid ps "$1" -o json | jq -r "$2"; } # service filter
replica() { line "$1" ".services[0].replicas[0].$2"; }
is() { [[ $(line "$1" '.services[0].state') == "$2" ]]; } # service state
things() { # all that a service could have been given
  engine_get '/containers/json?all=1' | jq -r '.[] | select(.Labels["grid.kind"] | . != "call" and . != "warm") | .Id'
  engine_get /networks | jq -r '.[].Name' | sort
  engine_get /volumes | jq -r '.Volumes[]?.Name | select(test("^[0-9a-f]{64}$") | not)' | sort
}

agent_start
home=$GRID_HOME
healthy() { [[ $(./grid status -o json | jq -r '.targets[] | select(.target | startswith("docker:")) | .status') == healthy ]]; }
holds 'Podman is a target, and can work' await healthy

# --- one, from its beginning to its end ------------------------------------------------------------------------------

secret=$(head -c 18 /dev/urandom | base64)
printf %s "$secret" | ./grid secret put db >/dev/null
echo 'one = 1' >"$tmp/one.conf"
serve='trap "exit 0" TERM; cat /etc/own/it.conf; wc -c </run/secrets/db; hostname >/tmp/name; httpd -f -p 80 -h /tmp & wait'
cat >"$tmp/web.yaml" <<YAML
services:
  web:
    image: $tmp/tools.tar
    command: ['$serve']
    egress: true
    ports: [80]
    volumes: {data: /data}
    files: {/etc/own/it.conf: ./one.conf}
    secrets: {db: /run/secrets/db}
    health: {http: 'http://:80/name'}
YAML
run ./grid service start "$tmp/web.yaml" --wait 60s
equal 'a service of a file is started' 0 "$code"
equal 'it runs, and is healthy' 'running healthy' "$(line web '.services[0].state') $(replica web health)"
port=$(replica web 'ports[0].port')
answers() { [[ $(curl -sS --max-time 10 "http://127.0.0.1:$port/name" 2>/dev/null) == web-0 ]]; }
holds 'it answers at its port' answers
told() { [[ $(./grid logs web | head -n 2 | tr '\n' ' ') == "one = 1 24 " ]]; }
holds 'it has its file and its secret, and its log is kept' await told
equal 'it is nobody' 65534 "$(./grid exec web -- id -u)"
run ./grid exec web -- sh -c 'echo x >/new || echo x >/etc/own/it.conf || echo x >/run/secrets/db'
differ 'and can write neither its root nor what it was given' 0 "$code"
run ./grid exec web --user 0 -- id -u
contains 'nobody is root beside it' 'nobody is root' "$err"
run ./grid exec -i web -- sh -c 'cat >/data/page' <<<'kept'
equal 'a program beside it writes what it reads into the volume' 0 "$code"
printf 'stty size; tty; exit 7\n' >"$tmp/typed"
code=0
script -qec 'stty rows 33 columns 99; ./grid service exec -it web -- sh' /dev/null <"$tmp/typed" >"$tmp/terminal" 2>&1 || code=$?
equal 'a shell gets a terminal, and its code comes back' 7 "$code"
contains 'of the size of this one' '33 99' "$(<"$tmp/terminal")"
run ./grid stats web -o json
equal 'it is told what it uses' true "$(jq '.replicas[0] | .memory > 0 and .processes > 0' <<<"$out")"
lacks 'the secret is in nothing that Podman tells' "$secret" "$(engine_get '/containers/json?all=1'; engine_get "/containers/$(engine_get /containers/json | jq -r '.[0].Id')/json"; engine_get /volumes)"
equal "nor on its disk, nor in the agent's home" '' "$(grep -rlaF -- "$secret" "$home" "$PODMAN/data" --exclude-dir=merged 2>/dev/null | grep -v '/volumes/[^/]*[.]secrets/' || :)"

run ./grid exec web -- kill 1
again() { [[ $(replica web restarts) -ge 1 ]] && is web running; }
holds 'ended from inside, it is started again' await again
port=$(replica web 'ports[0].port')
holds 'and answers' await answers

# --- the agent, and Podman, come and go ------------------------------------------------------------------------------

since=$(replica web since)
agent_kill
agent_start "$home"
await healthy
equal 'an agent that was killed is no end of it: the next one has it, not started again' "running $since" "$(line web '.services[0].state') $(replica web since)"
podman_stop
gone() { ! healthy; }
holds 'Podman is stopped, which is told' await gone
holds 'and the service answers on' answers
podman_start
holds 'it is back' await healthy
holds 'and the service is the same' await is web running
equal 'not started again' "$since" "$(replica web since)"

# --- whom it reaches -------------------------------------------------------------------------------------------------

run ./grid service start closed --image "$tmp/tools.tar" --port 80 -- 'sleep 1000'
equal 'a port of one that may not reach the world is refused' 1 "$code"
contains 'since Podman would let it' 'reaches the world, too' "$err"
cat >"$tmp/pair.yaml" <<YAML
services:
  peer:
    image: $tmp/tools.tar
    command: ['trap "exit 0" TERM; echo here >/tmp/name; httpd -f -p 80 -h /tmp & wait']
    egress: true
YAML
run ./grid service start "$tmp/pair.yaml" --wait 60s
equal 'another stack is started' 0 "$code"
address() { # service
  engine_get "/containers/$(engine_get '/containers/json' | jq -r --arg service "$1" '.[] | select(.Labels["grid.resource"] == $service and .Labels["grid.kind"] == "service") | .Id')/json" |
    jq -r '.NetworkSettings.Networks | to_entries[] | select(.key | test("outward")) | .value.IPAddress'
}
reached() { curl -sS --max-time 10 "http://$(address "$1")/name" >/dev/null; } # from here, where all networks are
holds 'from the host it is reached' await reached peer
asked() { run ./grid exec -i peer -- nc -w 3 "$(address "$1")" 80 < <(printf 'GET /name HTTP/1.0\r\n\r\n'); }
asked peer
contains 'and by itself, at its address in the network that leads outside' here "$out"
asked web
equal 'another service is not, at that of its own' '1 ' "$code $out"
run ./grid exec peer -- nslookup web
differ 'nor has it its name' 0 "$code"
run ./grid exec web -- nslookup web
equal 'which its own stack has' 0 "$code"

# --- nothing left ----------------------------------------------------------------------------------------------------

run ./grid service rm peer
run ./grid service rm web --volumes
empty() { [[ -z $(things | grep -v -e '^bridge$' -e '-shim-') ]]; }
holds 'removed, nothing of them is left' await empty
agent_stop
