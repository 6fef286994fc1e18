#!/usr/bin/env bash
# The packages, on a Debian that has nothing else: no Java, no compiler, nothing of this tree.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/systemd.sh"
subject 'The tarball and the .deb run on a bare Debian without Java'

[[ $(uname -s) == Linux ]] || { skip 'packages are for Linux' && exit; }
((EUID == 0)) || { skip 'a bare root to run them in needs root' && exit; }
for tool in debootstrap dpkg-deb chroot mount; do
  command -v "$tool" >/dev/null || { skip "there is no $tool here" && exit; }
done

run packaging/build
equal 'they are made' 0 "$code"
tarball=$(echo packaging/target/promisegrid-*-linux-*.tar.gz)
package=$(echo packaging/target/promisegrid_*.deb)
name=${tarball##*/}
name=${name%.tar.gz}

# --- a bare root, made once --------------------------------------------------------------------------------

suite=bookworm
cache=${XDG_CACHE_HOME:-/var/cache}/promisegrid-check
bare=$cache/$suite.tar
if [[ ! -s $bare ]]; then
  mirror=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk -v suite="$suite" '$1 == suite { print $2; exit }')
  [[ -n $mirror ]] || { skip "this host's apt knows no $suite to make a bare Debian of" && exit; }
  mkdir -p "$cache"
  if ! debootstrap --variant=minbase --include=man-db,systemd "$suite" "$tmp/bare" "$mirror" >"$tmp/debootstrap.log" 2>&1; then
    skip "no bare Debian is to be had from $mirror: $(tail -n 1 "$tmp/debootstrap.log")"
    exit
  fi
  rm -rf "$tmp"/bare/var/cache/apt/archives/*.deb "$tmp"/bare/var/lib/apt/lists/*
  tar --create --file "$bare.$$" --directory "$tmp/bare" .
  mv "$bare.$$" "$bare"
  rm -rf "$tmp/bare"
fi
house=$tmp/house
mkdir "$house"
tar --extract --file "$bare" --directory "$house"
mount -t proc none "$house/proc" 2>"$tmp/err" || { skip "nothing may be mounted here: $(<"$tmp/err")" && exit; }
clear_house() {
  local status=$?
  # What still runs there would hold the mount.
  local pid
  systemd_end
  for pid in /proc/[0-9]*; do
    [[ $(readlink "$pid/root" 2>/dev/null) != "$house" ]] || kill -9 "${pid#/proc/}" 2>/dev/null || :
  done
  umount -l "$house/proc" || :
  return "$status"
}
trap 'clear_house; finish' EXIT

inside() { chroot "$house" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "$@"; }
equal 'the bare root has no Java' '' "$(inside sh -c 'command -v java || :')"

# Starts, calls, looks, stops. `story CLAIM COMMAND…`: how grid is called there.
story() { # claim where the examples lie
  local claim=$1 examples=$2 began
  shift 2
  began=${EPOCHREALTIME/./}
  run "$@" up --port 0
  equal "$claim: up" 0 "$code"
  note "$claim: ready after $(((${EPOCHREALTIME/./} - began) / 1000)) ms, command and all"
  run "$@" function put "$examples/wordcount.yaml" --name wordcount
  equal "$claim: a function is put" 0 "$code"
  printf 'to be or not to be\n' >"$house/tmp/words"
  run "$@" call wordcount -p top=1 --input /tmp/words
  equal "$claim: a call is answered" 0 "$code"
  contains "$claim: rightly" '6 words' "$out"
  run "$@" call wordcount -p top=1 --input /tmp/words -o json
  equal "$claim: and remembered" cache "$(jq -r .how <<<"$out")"
  run "$@" doctor
  equal "$claim: nothing is wrong" 0 "$code"
  run "$@" status -o json
  pid=$(jq -r .pid "$house/$home/agent.json")
  contains "$claim: with its cache of linked classes" agent.aot "$(tr '\0' ' ' <"/proc/$pid/cmdline")"
  holds "$claim: which fits" grep -q 'agent/agent.aot' "/proc/$pid/maps"
  note "$claim: resident $(($(sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$pid/status") / 1024)) MiB"
  run "$@" down
  equal "$claim: down" 0 "$code"
  holds "$claim: and gone" [ ! -e "/proc/$pid" ]
}

# --- the tarball -------------------------------------------------------------------------------------------

note 'the tarball'
mkdir "$house/opt/here"
tar --extract --gzip --file "$tarball" --directory "$house/opt/here"
home=tmp/home-1
story 'tarball' "/opt/here/$name/examples" inside GRID_HOME=/tmp/home-1 "/opt/here/$name/bin/grid"
run inside GRID_HOME=/tmp/home-3 "/opt/here/$name/bin/grid" demo --out /tmp/picture.png
equal 'tarball: the demo does what it says' 0 "$code"
run inside "/opt/here/$name/bin/grid" help --all
equal 'tarball: each command has its page' "$(grep -cE '^  [a-z]+ ' <<<"$out")" \
  "$(find "$house/opt/here/$name/share/man/man1" -name 'grid-*.1' | wc -l)"
rm -rf "$house/opt/here"

# --- the package -------------------------------------------------------------------------------------------

note 'the package'
cp "$package" "$house/tmp/promisegrid.deb"
run inside DEBIAN_FRONTEND=noninteractive dpkg --install /tmp/promisegrid.deb
equal 'it is installed' 0 "$code"
equal 'its home is its user'"'"'s only' 'grid grid 700' "$(inside stat -c '%U %G %a' /var/lib/grid)"
equal 'nothing of it may be changed by others' '' "$(find "$house/usr/lib/promisegrid" -perm /022 -not -type l)"
as_grid() { inside setpriv --reuid grid --regid grid --clear-groups env GRID_HOME=/var/lib/grid HOME=/var/lib/grid "$@"; }
home=var/lib/grid
story 'package' /usr/lib/promisegrid/examples as_grid grid
run inside GRID_HTTP_PORT=0 grid doctor
equal 'root looks after it, too' 0 "$code"
run inside grid up
equal 'root does not start it as root' 2 "$code"
contains 'and is told how' 'systemctl start grid' "$err"

# Root's ordinary commands write in the home of the service: what they leave there has to be the service's.
as_root() { inside GRID_HTTP_PORT=0 grid "$@"; }
run as_grid grid up --port 0
equal 'the agent runs as its user' 0 "$code"
run as_root token issue --bearer --until 1h --may get
equal 'root issues a token' 0 "$code"
run as_root key new anna
equal 'root makes a key' 0 "$code"
run as_root key rotate
equal 'root gives the owner another key' 0 "$code"
run as_root cert grid.example
equal 'root makes a certificate' 0 "$code"
equal 'all of that is the service'"'"'s' '' "$(inside find /var/lib/grid '(' -not -user grid -o -not -group grid ')')"
echo 'a long passphrase' >"$house/tmp/passphrase"
run as_root backup --passphrase-file /tmp/passphrase /tmp/home.grid
equal 'and goes into a backup, keys and all' 0 "$code"
run as_grid grid down
equal 'the agent ends' 0 "$code"
run as_grid grid up --port 0
equal 'and starts again with what root left' 0 "$code"
run as_grid grid token ls
equal 'whose user can read the tokens' 0 "$code"
run as_grid grid status
equal 'and is its owner with the new key' 0 "$code"
run as_grid grid down
equal 'the agent ends again' 0 "$code"
for words in 'token issue --bearer --until 1h --may get' 'key new bert' 'key rotate' cert; do
  # shellcheck disable=SC2086 # words they are
  run inside setpriv --reuid nobody --regid nogroup --clear-groups env GRID_HOME=/var/lib/grid HOME=/tmp grid $words
  differ "somebody else may not: grid ${words%% --*}" 0 "$code"
done
contains 'and is told whose it is' "/var/lib/grid is grid's, and you are nobody" "$err"

run inside man -P cat grid-call
contains 'man tells of a command' 'Call a function' "$out"
run inside man -P cat grid-agent
contains 'and of the service' '/var/lib/grid' "$out"
run inside man -P cat grid
lacks 'without a complaint' warning "$err"
holds 'the completion is a script' inside bash -n /usr/share/bash-completion/completions/grid
run inside systemd-analyze verify /usr/lib/systemd/system/grid.service
equal 'the unit is sound' '0 ' "$code $out$err"
run inside systemd-analyze security --offline=true --threshold=20 /usr/lib/systemd/system/grid.service
equal 'and exposes little' 0 "$code"
run inside sh -c '. /etc/default/grid'
equal 'its settings can be read' 0 "$code"
run inside dpkg --verify promisegrid
equal 'what was installed is what was packed' '' "$out"

# What systemd is told, and what it hears of an agent that can't start.
perl -MSocket -e '
  my $s;
  socket($s, AF_UNIX, SOCK_DGRAM, 0) && bind($s, sockaddr_un($ARGV[0])) && chmod(0777, $ARGV[0]) or die $!;
  open(my $to, ">>", $ARGV[1]) or die $!; $to->autoflush(1);
  while (defined recv($s, my $said, 4096, 0)) { print $to "$said\n" }' "$house/tmp/notify" "$house/tmp/told" &
listener=$!
agents+=("$listener")
await test -S "$house/tmp/notify"
service() { as_grid GRID_HTTP_PORT=0 "$@" /usr/lib/promisegrid/bin/grid-agent; }
service NOTIFY_SOCKET=/tmp/notify WATCHDOG_USEC=400000 >"$tmp/service.log" 2>&1 &
agent=$!
told() { [[ $(grep -cx "$2" "$house/tmp/told" 2>/dev/null) -ge $1 ]]; }
holds 'the service says that it is ready' await told 1 READY=1
holds 'and again and again that it is alive' await told 3 WATCHDOG=1
kill "$(jq -r .pid "$house/$home/agent.json")"
code=0
wait "$agent" || code=$?
equal 'asked to end, it does' 143 "$code"
holds 'which it told' await told 1 STOPPING=1
holds 'with the time that it may take' await told 1 EXTEND_TIMEOUT_USEC=80000000
rm -r "$house/$home/index"
service NOTIFY_SOCKET=/tmp/notify >"$tmp/service.log" 2>&1 &
agent=$!
holds 'without its index, it says how far it is' await told 1 'STATUS=the index is made of the journal: [0-9]* of [0-9]* bytes'
holds 'and asks for more time' await told 1 EXTEND_TIMEOUT_USEC=300000000
holds 'until it is ready again' await told 2 READY=1
holds 'and has nothing more to say' [ ! -e "$house/$home/scratch/starting" ]
kill "$(jq -r .pid "$house/$home/agent.json")"
wait "$agent" || :
agent_stop "$listener"
mv "$house/var/lib/grid/layout" "$house/tmp/layout"
echo another >"$house/var/lib/grid/layout"
run service
equal 'a home of another layout: no second try' 78 "$code"
mv "$house/tmp/layout" "$house/var/lib/grid/layout"
prevented=$(inside sed -n 's/^RestartPreventExitStatus=//p' /usr/lib/systemd/system/grid.service)
equal 'which the unit knows' "$code" "$prevented"

# Under a systemd that runs.
mkdir -p "$house/root"
cp "$package" "$house/root/promisegrid.deb"
if systemd_start "$house"; then
  show() { systemd_do systemctl show --property="$1" --value grid; }
  run systemd_do env DEBIAN_FRONTEND=noninteractive dpkg --install /root/promisegrid.deb
  equal 'systemd: it is installed' 0 "$code"
  equal 'systemd: which started the service' active "$(systemd_do systemctl is-active grid)"
  equal 'systemd: that says what it does' 'answers calls' "$(show StatusText)"
  first=$(show MainPID)
  equal 'systemd: as its user' grid "$(systemd_do stat -c %U "/proc/$first")"
  calls() { systemd_do setpriv --reuid grid --regid grid --clear-groups env GRID_HOME=/var/lib/grid HOME=/var/lib/grid grid "$@"; }
  run calls call wordcount -p top=1 --input /usr/lib/promisegrid/examples/wordcount.yaml
  equal 'systemd: a call is answered' 0 "$code"
  systemd_do sh -c "kill -9 $first"
  again() { [[ $(show NRestarts) == 1 && $(systemd_do systemctl is-active grid) == active ]]; }
  holds 'systemd: killed, it is started again' await again
  differ 'systemd: as another process' "$first" "$(show MainPID)"
  run calls call wordcount -p top=1 --input /usr/lib/promisegrid/examples/wordcount.yaml -o json
  equal 'systemd: which remembers' cache "$(jq -r .how <<<"$out")"
  run systemd_do systemctl stop grid
  equal 'systemd: it stops' 0 "$code"
  equal 'systemd: for good' 'inactive success' "$(systemd_do systemctl is-active grid || :) $(show Result)"
  systemd_end
else
  skip "$lacking"
fi
rm "$house/root/promisegrid.deb"

# A service manager that refuses everything is none of dpkg's business.
mkdir -p "$house/tmp/stubs" "$house/tmp/control" "$house/run/systemd/system"
dpkg-deb --control "$package" "$house/tmp/control"
for stub in deb-systemd-invoke systemctl; do
  printf '#!/bin/sh\necho "%s $*" >>/tmp/asked\nexit 1\n' "$stub" >"$house/tmp/stubs/$stub"
  chmod 755 "$house/tmp/stubs/$stub"
done
script() { # what it asks for, script, arguments
  local asked=$1
  shift
  rm -f "$house/tmp/asked"
  run inside DPKG_MAINTSCRIPT_PACKAGE=promisegrid PATH=/tmp/stubs:/usr/sbin:/usr/bin:/sbin:/bin "/tmp/control/$1" "${@:2}"
  equal "$*: ends well" 0 "$code"
  equal "$*: asks for what it should" "$asked" "$(sed -n 's/^deb-systemd-invoke \([a-z]*\) .*/\1/p' "$house/tmp/asked" 2>/dev/null)"
}
script start postinst configure ''
script restart postinst configure 0.0.1
script stop prerm remove
script '' postrm remove
script start postinst abort-remove
script '' prerm upgrade 9.9.9
script start postinst abort-upgrade 9.9.9
rm -r "$house/run/systemd/system"

run inside DEBIAN_FRONTEND=noninteractive dpkg --remove promisegrid
equal 'it is removed' 0 "$code"
holds 'which leaves the keys' test -s "$house/var/lib/grid/keys/node.pem"
holds 'and the settings' test -s "$house/etc/default/grid"
holds 'and no program' [ ! -e "$house/usr/lib/promisegrid" ]
run inside DEBIAN_FRONTEND=noninteractive dpkg --purge promisegrid
equal 'it is purged' 0 "$code"
equal 'which leaves nothing' '' "$(find "$house/var/lib/grid" "$house/etc/default/grid" "$house/etc/systemd" -name '*grid*' 2>/dev/null)"
