# shellcheck shell=bash
# A Docker engine of one's own: sourced by subjects that want one, and by `check` for the tests of the drivers. Wants
# root, and `dockerd`, `containerd` and `runc`; a system's own engine may run beside it, neither sees the other.
#
#   engine_lacks && skip "$lacking"    # true where there can be none, and then says why
#   engine_works || skip "$lacking"    # of one that was started: whether it runs containers here
#   engine_start                       # sets ENGINE (its folder) and ENGINE_SOCKET
#   engine_stop                        # as an operator does; engine_start starts it again, on what it has
#   engine_kill                        # as a power cut would, with containers left running
#   engine_end                         # for good; it also ends, and leaves nothing, when the script does, however
#
# It has no network but what containers have among themselves in `none`: no bridge, no rules of a firewall.

# What `dockerd` is told besides.
ENGINE_OPTIONS=()

# shellcheck disable=SC2034 # the scripts that source this read it
engine_lacks() {
  local need
  lacking=''
  [[ $EUID -eq 0 ]] || lacking='a Docker engine of one'"'"'s own wants root'
  for need in dockerd containerd runc setsid setpriv curl busybox; do
    command -v "$need" >/dev/null || lacking="no $need here"
  done
  [[ -n $lacking ]]
}

engine_answers() { curl -sf -o /dev/null --max-time 10 --unix-socket "$ENGINE_SOCKET" http://engine/_ping; }

engine_get() { curl -sS --max-time 60 --unix-socket "$ENGINE_SOCKET" "http://engine$1"; } # path
engine_post() { # path body, or @file
  local type=application/json
  [[ $2 != @* ]] || type=application/x-tar
  curl -sS --max-time 60 --unix-socket "$ENGINE_SOCKET" -H "Content-Type: $type" --data-binary "$2" "http://engine$1"
}

engine_delete() { curl -sS --max-time 60 -o /dev/null -X DELETE --unix-socket "$ENGINE_SOCKET" "http://engine$1"; } # path

# When a process began, by which its number is told from that of another after it; fails if it has ended.
engine_began() { # pid
  local line fields
  { line=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
  read -ra fields <<<"${line##*) }" # behind the name, which may hold anything
  [[ ${fields[0]} != [ZX] ]] && echo "${fields[19]}"
}

engine_runs() { # name
  local pid began
  { read -r pid began <"$ENGINE/$1.began"; } 2>/dev/null && [[ $(engine_began "$pid") == "$began" ]]
}

# A daemon of the engine: in a session of its own, so that what is typed at a terminal doesn't end it before its time.
engine_daemon() { # name command...
  local name=$1
  shift
  setsid "$@" >>"$ENGINE/$name.log" 2>&1 </dev/null &
  echo "$! $(engine_began $!)" >"$ENGINE/$name.began"
  disown $! # no word of its end
}

# Waits for something of the engine, for as long as two minutes or until the daemon ends.
engine_await() { # daemon command...
  local name=$1 until=$((SECONDS + 120))
  shift
  until "$@"; do
    if ((SECONDS >= until)) || ! engine_runs "$name"; then
      echo "the engine doesn't start: $(tail -n 5 "$ENGINE/$name.log")" >&2
      return 1
    fi
    sleep 0.05
  done
}

engine_start() {
  if [[ -z ${ENGINE-} ]]; then
    ENGINE=$(mktemp -d /tmp/grid-engine.XXXXXX) # short: sockets have names of at most 107 bytes
    ENGINE_SOCKET=$ENGINE/docker.sock
    # Ends the engine when this script ends, however that is: the kernel tells it.
    setsid setpriv --pdeathsig TERM bash "${BASH_SOURCE[0]}" keep "$ENGINE" $$ >>"$ENGINE/keeper.log" 2>&1 </dev/null &
    ENGINE_KEEPER=$!
    cat >"$ENGINE/containerd.toml" <<TOML
version = 2
root = "$ENGINE/containerd"
state = "$ENGINE/run"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs", "io.containerd.internal.v1.opt"]
[grpc]
  address = "$ENGINE/containerd.sock"
[ttrpc]
  address = "$ENGINE/containerd.ttrpc"
TOML
    echo '{}' >"$ENGINE/daemon.json" # none of the system's settings
    ENGINE_STORAGE=vfs
    mkdir "$ENGINE"/{lower,upper,work,merged}
    if mount -t overlay overlay -o "lowerdir=$ENGINE/lower,upperdir=$ENGINE/upper,workdir=$ENGINE/work" "$ENGINE/merged" 2>/dev/null; then
      umount "$ENGINE/merged"
      ENGINE_STORAGE=overlay2
    fi
  fi
  engine_daemon containerd containerd --config "$ENGINE/containerd.toml"
  engine_await containerd test -S "$ENGINE/containerd.sock" || return 1
  # One control group above all its containers: by that they are found, whatever they have made of themselves.
  engine_daemon docker dockerd "${ENGINE_OPTIONS[@]}" --config-file "$ENGINE/daemon.json" --host "unix://$ENGINE_SOCKET" \
    --containerd "$ENGINE/containerd.sock" --data-root "$ENGINE/data" --exec-root "$ENGINE/exec" \
    --pidfile "$ENGINE/docker.pid" --storage-driver "$ENGINE_STORAGE" --exec-opt native.cgroupdriver=cgroupfs \
    --cgroup-parent "/${ENGINE##*/}" --default-address-pool base=10.213.0.0/16,size=26 --bridge=none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false
  engine_await docker engine_answers
}

# Whether it runs containers here: within some others, and in a root that is none of its own, it can't, and `lacking`
# says why. Leaves nothing.
engine_works() {
  local id answer
  lacking=''
  answer=$(tar -C "$(dirname "$(command -v busybox)")" -c busybox 2>/dev/null | engine_post '/images/create?fromSrc=-&repo=grid-works' @- 2>&1)
  id=$(engine_post /containers/create '{"Image": "grid-works", "Cmd": ["/busybox", "true"], "HostConfig": {"NetworkMode": "none"}}' |
    sed -n 's/.*"Id":"\([0-9a-f]*\)".*/\1/p')
  if [[ -n $id ]]; then
    answer=$(engine_post "/containers/$id/start" '' 2>&1)
    [[ -n $answer ]] || answer=$(engine_post "/containers/$id/wait" '' 2>&1)
    engine_delete "/containers/$id?force=true"
  fi
  engine_delete /images/grid-works
  [[ $answer == *'"StatusCode":0'* ]] && return
  lacking="a Docker engine runs no container here: $(tr -d '\n' <<<"$answer" | tail -c 300)"
  return 1
}

# Ends a daemon that was asked to, and makes it end where it doesn't within half a minute.
engine_ends() { # name signal
  local pid until=$((SECONDS + 30))
  engine_runs "$1" || return 0
  read -r pid _ <"$ENGINE/$1.began"
  kill "-$2" "$pid" 2>/dev/null || :
  while engine_runs "$1"; do
    ((SECONDS < until)) || kill -9 "$pid" 2>/dev/null || :
    sleep 0.05
  done
}

engine_stop() {
  engine_ends docker TERM
  engine_ends containerd TERM
  engine_sweep
}

engine_kill() {
  engine_ends docker KILL
  engine_ends containerd KILL
  rm -f "$ENGINE"/{docker.sock,docker.pid,containerd.sock,containerd.ttrpc}
}

# What the daemons have left: the processes that watch containers, the containers' own, and mounts.
engine_sweep() {
  local pids pid group mounted round bridge
  for round in {1..100}; do # what is killed may have begun something just then
    pids=$(
      grep -lsFf - /proc/[0-9]*/cmdline <<<"$ENGINE/containerd.sock" | cut -d/ -f3
      find /sys/fs/cgroup -path "*/${ENGINE##*/}/*" -name cgroup.procs -exec cat {} + 2>/dev/null
    ) || :
    [[ -n $pids ]] || break
    for pid in $pids; do kill -9 "$pid" 2>/dev/null || :; done
    sleep 0.05
  done
  ((round < 100)) || echo "still there: $pids" >&2
  # Bridges of its networks, which it has written down.
  while read -r bridge; do
    ip link delete "$bridge" 2>/dev/null || :
  done < <(grep -aoh 'br-[0-9a-f]\{12\}' "$ENGINE/data/network/files/local-kv.db" 2>/dev/null | sort -u)
  find /sys/fs/cgroup -depth -type d \( -path "*/${ENGINE##*/}" -o -path "*/${ENGINE##*/}/*" \) -exec rmdir {} \; 2>/dev/null || :
  while read -r mounted; do
    umount "$mounted" 2>/dev/null || umount -l "$mounted" 2>/dev/null || :
  done < <(awk -v below="$ENGINE/" 'index($5, below) == 1 { print $5 }' /proc/self/mountinfo | tac)
}

engine_end() {
  [[ -n ${ENGINE-} ]] || return 0
  kill "$ENGINE_KEEPER" 2>/dev/null || :
  wait "$ENGINE_KEEPER" 2>/dev/null || :
  unset ENGINE ENGINE_SOCKET ENGINE_KEEPER
}

# The keeper is a process of its own, which this very file is run as.
if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  set -euo pipefail
  [[ ${1-} == keep && $# -eq 3 ]] || { echo 'to be sourced' >&2 && exit 2; }
  ENGINE=$2
  engine_over() {
    trap '' TERM
    kill "$sleeping" 2>/dev/null || :
    engine_kill
    engine_sweep
    rm -rf --one-file-system "$ENGINE"
    exit 0
  }
  sleep infinity &
  sleeping=$!
  trap engine_over TERM
  [[ $PPID == "$3" ]] || engine_over # who started this was gone before it could be told
  wait "$sleeping" || :
fi
