# shellcheck shell=bash
# A Podman of one's own, behind the socket on which it speaks as Docker does: sourced after engine.sh by subjects that
# want one, and by `check`. Wants root, and `podman`, `conmon` and `runc`; nothing of the system's Podman is used or
# seen: storage, state and configuration lie in a folder of its own, and its networks in a network namespace of its
# own, so that it changes nothing of this host's. A subject that wants to reach them is in such a namespace itself
# (`podman_within`).
#
#   podman_lacks && skip "$lacking"    # true where there can be none, and then says why
#   podman_start                       # sets PODMAN (its folder) and PODMAN_SOCKET
#   podman_works || skip "$lacking"    # of one that was started: whether it runs containers here
#   podman_names || skip "$lacking"    # whether services have names in its networks
#   podman_stop                        # its containers run on; podman_start starts it again
#   podman_end                         # for good; it also ends, and leaves nothing, when the script does, however

# shellcheck disable=SC2034 # the scripts that source this read it
podman_lacks() {
  local need
  lacking=''
  [[ $EUID -eq 0 ]] || lacking='a Podman of one'"'"'s own wants root'
  for need in podman conmon runc setsid setpriv curl busybox; do
    command -v "$need" >/dev/null || lacking="no $need here"
  done
  [[ -n $lacking ]]
}

# Has the script that asks for this go on from its beginning in a network namespace of its own; Podman is then in the
# same.
podman_within() { # script arguments...
  [[ -z ${PODMAN_WITHIN-} ]] || return 0
  PODMAN_WITHIN=yes exec unshare --net -- bash -c 'ip link set lo up; exec bash "$@"' within "$@"
}

podman_names() {
  local need
  lacking=''
  [[ -n $(podman_helper netavark) && -n $(podman_helper aardvark-dns) ]] ||
    lacking='no netavark and aardvark-dns here, which services in networks want'
  for need in ip iptables; do
    command -v "$need" >/dev/null || lacking="no $need here"
  done
  [[ -n $lacking ]] || unshare --net true 2>/dev/null || lacking='there can be no network namespace here'
  [[ -z $lacking ]]
}

podman_helper() { # name; where distributions have it
  local folder
  for folder in /usr/local/libexec/podman /usr/local/lib/podman /usr/libexec/podman /usr/lib/podman; do
    [[ ! -x $folder/$1 ]] || { echo "$folder/$1" && return; }
  done
}

# How it is called, as the array `podman`: in its own folder, since conmon leaves a mark where it is when memory runs out.
podman_called() {
  podman=()
  [[ ! -e $PODMAN/net ]] || podman=(nsenter "--net=$PODMAN/net")
  podman+=(env -C "$PODMAN" CONTAINERS_CONF="$PODMAN/containers.conf" \
    CONTAINERS_STORAGE_CONF="$PODMAN/storage.conf" CONTAINERS_REGISTRIES_CONF="$PODMAN/registries.conf" \
    REGISTRY_AUTH_FILE="$PODMAN/auth.json" HOME="$PODMAN/home" podman)
}

podman_start() {
  if [[ -z ${PODMAN-} ]]; then
    PODMAN=$(mktemp -d /tmp/grid-podman.XXXXXX) # short: sockets have names of at most 107 bytes
    PODMAN_SOCKET=$PODMAN/podman.sock
    # Ends it when this script ends, however that is: the kernel tells it.
    setsid setpriv --pdeathsig TERM bash "${BASH_SOURCE[0]}" keep "$PODMAN" $$ >>"$PODMAN/keeper.log" 2>&1 </dev/null &
    PODMAN_KEEPER=$!
    local storage=vfs
    mkdir "$PODMAN"/{home,lower,upper,work,merged}
    if mount -t overlay overlay -o "lowerdir=$PODMAN/lower,upperdir=$PODMAN/upper,workdir=$PODMAN/work" "$PODMAN/merged" 2>/dev/null; then
      umount "$PODMAN/merged"
      storage=overlay
    fi
    # What Podman gives containers of its own accord may be more than this host lets anybody have. Of the runtimes
    # crun 1.8 refuses mixed control groups.
    cat >"$PODMAN/containers.conf" <<TOML
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=8192:8192"]
[network]
network_config_dir = "$PODMAN/networks"
$(! podman_names || echo 'network_backend = "netavark"')
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
tmp_dir = "$PODMAN/run/tmp"
static_dir = "$PODMAN/data/libpod"
volume_path = "$PODMAN/data/volumes"
[engine.runtimes]
runc = ["$PODMAN/runc-here"]
TOML
    printf '#!/bin/sh\nexec %q --root %q "$@"\n' "$(command -v runc)" "$PODMAN/runc" >"$PODMAN/runc-here"
    chmod 755 "$PODMAN/runc-here"
    printf '[storage]\ndriver = "%s"\ngraphroot = "%s"\nrunroot = "%s"\n' "$storage" "$PODMAN/data" "$PODMAN/run" >"$PODMAN/storage.conf"
    : >"$PODMAN/registries.conf"
    echo '{}' >"$PODMAN/auth.json"
    if [[ -z ${PODMAN_WITHIN-} ]] && podman_names; then
      : >"$PODMAN/net"
      unshare "--net=$PODMAN/net" ip link set lo up
    fi
    lacking=''
  fi
  rm -f "$PODMAN_SOCKET"
  podman_called
  ENGINE=$PODMAN engine_daemon podman "${podman[@]}" system service --time=0 "unix://$PODMAN_SOCKET"
  ENGINE=$PODMAN ENGINE_SOCKET=$PODMAN_SOCKET engine_await podman engine_answers
}

podman_works() { ENGINE_SOCKET=$PODMAN_SOCKET engine_works; }
podman_stop() { ENGINE=$PODMAN engine_ends podman TERM; }

# What is left of it: the processes that watch containers, the containers' own, their control groups, and mounts.
podman_sweep() {
  local pids pid id round mounted groups
  groups=(-false)
  for id in "$PODMAN"/data/*-containers/*/; do
    id=$(basename "$id")
    # Whatever else it may be called: control groups of others aren't ours to end.
    [[ ! $id =~ ^[0-9a-f]{64}$ ]] || groups+=(-o -path "*$id*")
  done
  for round in {1..100}; do # what is killed may have begun something just then
    pids=$(
      grep -lsF "$PODMAN/" /proc/[0-9]*/cmdline | cut -d/ -f3 || :
      find /sys/fs/cgroup \( "${groups[@]}" \) -name cgroup.procs -exec cat {} + 2>/dev/null
    ) || :
    [[ -n $pids ]] || break
    for pid in $pids; do kill -9 "$pid" 2>/dev/null || :; done
    sleep 0.05
  done
  ((round < 100)) || echo "still there: $pids" >&2
  find /sys/fs/cgroup -depth -type d \( "${groups[@]}" \) -exec rmdir {} \; 2>/dev/null || :
  while read -r mounted; do
    umount "$mounted" 2>/dev/null || umount -l "$mounted" 2>/dev/null || :
  done < <(awk -v below="$PODMAN/" 'index($5, below) == 1 { print $5 }' /proc/self/mountinfo | tac)
}

podman_end() {
  [[ -n ${PODMAN-} ]] || return 0
  kill "$PODMAN_KEEPER" 2>/dev/null || :
  wait "$PODMAN_KEEPER" 2>/dev/null || :
  unset PODMAN PODMAN_SOCKET PODMAN_KEEPER
}

# The keeper is a process of its own, which this very file is run as.
if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  set -euo pipefail
  [[ ${1-} == keep && $# -eq 3 ]] || { echo 'to be sourced' >&2 && exit 2; }
  . "$(dirname "$0")/engine.sh"
  PODMAN=$2
  podman_over() {
    trap '' TERM
    kill "$sleeping" 2>/dev/null || :
    podman_called
    timeout 60 "${podman[@]}" rm --all --force --time 0 || : # as long as it can: with what the system has of them
    ENGINE=$PODMAN engine_ends podman KILL
    podman_sweep
    rm -rf --one-file-system "$PODMAN"
    exit 0
  }
  sleep infinity &
  sleeping=$!
  trap podman_over TERM
  [[ $PPID == "$3" ]] || podman_over # who started this was gone before it could be told
  wait "$sleeping" || :
fi
