#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
. checks/engine.sh
. checks/podman.sh
subject 'Engines are found where Docker and Podman have them, several at a time, and behind TLS or SSH'

if engine_lacks || { ! command -v openssl >/dev/null && lacking='no openssl here'; }; then
  skip "$lacking"
  exit
fi

# --- an engine behind TLS -------------------------------------------------------------------------------------------

certificate() { # folder name issuer-folder
  openssl req -newkey rsa:2048 -nodes -subj "/CN=$2" -keyout "$1/key.pem" -out "$1/request.pem" 2>/dev/null
  openssl x509 -req -in "$1/request.pem" -CA "$3/ca.pem" -CAkey "$3/ca-key.pem" -CAcreateserial -days 1 \
    -extfile <(echo "subjectAltName=DNS:localhost") -out "$1/cert.pem" 2>/dev/null
  [[ $1 == "$3" ]] || cp "$3/ca.pem" "$1/ca.pem"
}
for each in own others; do
  mkdir "$tmp/$each" "$tmp/$each/server"
  openssl req -x509 -newkey rsa:2048 -nodes -subj "/CN=$each" -days 1 -keyout "$tmp/$each/ca-key.pem" -out "$tmp/$each/ca.pem" 2>/dev/null
  certificate "$tmp/$each" agent "$tmp/$each"
done
certificate "$tmp/own/server" localhost "$tmp/own"

taken() { (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
port=$((20000 + RANDOM % 10000))
while taken "$port"; do port=$((port + 1)); done
ENGINE_OPTIONS=(--host "tcp://127.0.0.1:$port" --tlsverify --tlscacert "$tmp/own/ca.pem"
  --tlscert "$tmp/own/server/cert.pem" --tlskey "$tmp/own/server/key.pem")
engine_start && engine_works || { skip "${lacking:-no Docker engine starts here}" && exit; }

mkdir "$tmp/tools"
cp "$(readlink -f /bin/busybox)" "$tmp/tools/busybox"
chmod 711 "$tmp/tools"
drivers/tck/programs/image.sh "$tmp/tools.tar" "$tmp/tools" /busybox sh -c
targets() { ./grid status -o json | jq -r '.targets[] | select(.target | startswith("docker:")) | "\(.target) \(.status) \(.reason // "")"'; }
healthy() { [[ $(targets | grep -c ' healthy ') == "$1" ]]; }
words() { run ./grid call "$tmp/tools.tar" --place driver=docker --refresh "$@"; }

export DOCKER_HOST=tcp://localhost:$port DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=$tmp/own
agent_start
holds 'an engine behind TLS is a target, by the variables that Docker has for it' await healthy 1
note "$(targets)"
head -c 3000000 /dev/urandom >"$tmp/bytes"
words --input "$tmp/bytes" --out "$tmp/same" -- '/busybox cat'
equal 'calls run there' 0 "$code"
same_bytes 'with input and output byte for byte' "$tmp/bytes" "$tmp/same"
agent_stop

refuses() { # claim part
  agent_start
  unfit() { [[ -n $(targets) && $(targets) != *' healthy '* ]]; }
  holds "$1" await unfit
  contains 'and the reason is told' "$2" "$(targets)"
  agent_stop
}
DOCKER_CERT_PATH=$tmp/others refuses 'one that others certified is not spoken with' certif
DOCKER_HOST=tcp://127.0.0.1:$port refuses 'nor one by another name than its certificate says' 127.0.0.1
DOCKER_HOST=tcp://192.0.2.1:2375 DOCKER_TLS_VERIFY='' refuses 'nor one elsewhere without TLS' TLS
DOCKER_HOST=ssh://me:word@localhost refuses 'nor one behind SSH by a password' password
unset DOCKER_HOST DOCKER_TLS_VERIFY DOCKER_CERT_PATH

# --- an engine behind SSH -------------------------------------------------------------------------------------------

if [[ -x /usr/sbin/sshd && $EUID -eq 0 ]]; then
  mkdir -p /run/sshd "$tmp/ssh"
  for each in host agent stranger; do ssh-keygen -q -t ed25519 -N '' -C "$each" -f "$tmp/ssh/$each"; done
  while taken "$port"; do port=$((port + 1)); done
  cp "$tmp/ssh/agent.pub" "$tmp/ssh/authorized"
  printf '%s\n' "Port $port" 'ListenAddress 127.0.0.1' "HostKey $tmp/ssh/host" "AuthorizedKeysFile $tmp/ssh/authorized" \
    'StrictModes no' 'UsePAM no' 'PasswordAuthentication no' 'KbdInteractiveAuthentication no' 'PidFile none' >"$tmp/ssh/config"
  ssh_start() {
    /usr/sbin/sshd -D -e -f "$tmp/ssh/config" 2>>"$tmp/ssh/log" &
    SSHD_PID=$!
    others+=("$SSHD_PID")
    await taken "$port"
  }
  # A host that goes away: its server, and the connections that it serves.
  ssh_stop() {
    local serving
    mapfile -t serving < <(pgrep -P "$SSHD_PID")
    kill "$SSHD_PID" "${serving[@]}"
    wait "$SSHD_PID" 2>/dev/null || :
    others=()
  }
  ssh_start
  export GRID_DRIVERS_DOCKER_HOST=ssh://root@127.0.0.1:$port$ENGINE_SOCKET
  export GRID_DRIVERS_DOCKER_IDENTITY=$tmp/ssh/agent GRID_DRIVERS_DOCKER_HOSTKEYS=$tmp/ssh/known
  echo "[127.0.0.1]:$port $(cut -d' ' -f1,2 "$tmp/ssh/stranger.pub")" >"$tmp/ssh/known"
  refuses 'one behind SSH whose host shows another key is not spoken with, and that key is told' \
    "shows the key ssh-ed25519 $(ssh-keygen -l -f "$tmp/ssh/host.pub" | cut -d' ' -f2)"
  echo "[127.0.0.1]:$port $(cut -d' ' -f1,2 "$tmp/ssh/host.pub")" >"$tmp/ssh/known"
  GRID_DRIVERS_DOCKER_IDENTITY=$tmp/ssh/stranger refuses "nor one whose host doesn't let the agent in" 'let root in'
  agent_start
  holds 'one behind SSH is a target' await healthy 1
  contains 'by its address' "docker:$GRID_DRIVERS_DOCKER_HOST" "$(targets)"
  words --input "$tmp/bytes" --out "$tmp/same" -- '/busybox cat'
  equal 'calls run there' 0 "$code"
  same_bytes 'with input and output byte for byte' "$tmp/bytes" "$tmp/same"
  callers=()
  for each in 1 2 3 4 5 6; do
    ./grid call "$tmp/tools.tar" --place driver=docker --refresh --out "$tmp/said.$each" -- "echo $each; /busybox head -c 2000000 /dev/zero" &
    callers+=($!)
  done
  for each in "${callers[@]}"; do wait "$each" || fail 'a call beside others ends well'; done
  equal 'also beside one another' 6 "$(find "$tmp" -maxdepth 1 -name 'said.*' -size 2000002c | wc -l)"
  ssh_stop
  gone() { [[ $(targets) == *127.0.0.1* && $(targets) != *' healthy '* ]]; }
  holds 'a host that is gone is told of' await gone
  ssh_start
  holds 'one that is back is used again' await healthy 1
  words -- 'echo here'
  equal 'and calls run there' '0 here' "$code $out"
  agent_stop
  ssh_stop
  unset GRID_DRIVERS_DOCKER_HOST GRID_DRIVERS_DOCKER_IDENTITY GRID_DRIVERS_DOCKER_HOSTKEYS
else
  skip 'no OpenSSH server here, or not root: no engine behind SSH'
fi

# --- contexts, and more than one engine -----------------------------------------------------------------------------

export DOCKER_CONFIG=$tmp/docker
mkdir -p "$DOCKER_CONFIG/contexts/meta/$(printf here | sha256sum | cut -d' ' -f1)"
echo '{"currentContext": "here"}' >"$DOCKER_CONFIG/config.json"
echo "{\"Name\": \"here\", \"Endpoints\": {\"docker\": {\"Host\": \"unix://$ENGINE_SOCKET\"}}}" \
  >"$DOCKER_CONFIG/contexts/meta/$(printf here | sha256sum | cut -d' ' -f1)/meta.json"
agent_start
holds "Docker's current context is used" await healthy 1
contains 'and named' "docker:unix://$ENGINE_SOCKET" "$(targets)"
agent_stop
unset DOCKER_CONFIG

if podman_lacks; then
  skip "$lacking"
  exit
fi
podman_start && podman_works || { skip "${lacking:-no Podman starts here}" && exit; }
export GRID_DRIVERS_DOCKER_HOST=unix://$ENGINE_SOCKET,unix://$PODMAN_SOCKET
agent_start
holds 'two engines are two targets' await healthy 2
label() { ./grid status -o json | jq -r --arg target "docker:unix://$1" '.targets[] | select(.target == $target) | .labels.engine'; }
contains 'one of them is Podman' podman "$(label "$PODMAN_SOCKET")"
for socket in "$ENGINE_SOCKET" "$PODMAN_SOCKET"; do
  words --place "engine=$(label "$socket")" --receipt "$tmp/receipt" -- '/busybox id -u; echo $$'
  equal 'a call runs on the one that is asked for' 0 "$code"
  contains 'and says so' "$socket" "$(./grid decode "$tmp/receipt")"
done
podman_stop
one() { [[ $(targets | grep -c ' healthy ') == 1 ]]; }
holds 'one that is gone is told of' await one
words -- 'echo here'
equal 'and calls go to the other' '0 here' "$code $out"
podman_start
holds 'one that is back is used again' await healthy 2
agent_stop
unset GRID_DRIVERS_DOCKER_HOST
