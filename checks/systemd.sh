# shellcheck shell=bash
# A systemd of one's own, as process 1 of namespaces over a bare Debian root: sourced by subjects that want one. Wants
# root. It has its own processes, mounts, control groups and network (loopback alone), and changes nothing of the host.
#
#   systemd_start ROOT || skip "$lacking"   # true once it is up; else says why it isn't
#   systemd_do COMMAND...                   # there
#   systemd_end                             # all that runs there ends with it

# Where this host has control groups that a systemd can be given one of.
systemd_groups() {
  local folder
  for folder in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
    [[ ! -e $folder/cgroup.procs ]] || echo "$folder"
  done
}

# Units that would reach for the host's kernel, or for devices and networks that aren't there.
systemd_masked=(systemd-sysctl.service systemd-modules-load.service systemd-networkd.service systemd-networkd.socket
  systemd-firstboot.service systemd-remount-fs.service systemd-udevd.service systemd-udev-trigger.service
  sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount sys-fs-fuse-connections.mount
  dev-hugepages.mount proc-sys-fs-binfmt_misc.automount getty.target console-getty.service)

systemd_start() { # root
  local root=$1 unit groups group
  SYSTEMD_LOG=$tmp/systemd.log
  for unit in unshare nsenter setpriv pivot_root pgrep; do
    command -v "$unit" >/dev/null || { lacking="there is no $unit here" && return 1; }
  done
  [[ -x $root/lib/systemd/systemd ]] || { lacking='the bare root has no systemd' && return 1; }
  mapfile -t groups < <(systemd_groups)
  ((${#groups[@]} > 0)) || { lacking='there are no control groups to give to a systemd' && return 1; }
  systemd_made=()
  for group in "${groups[@]}"; do
    if ! mkdir "$group/grid-check-$$" 2>"$tmp/err"; then
      lacking="no control group may be made here: $(<"$tmp/err")"
      ((${#systemd_made[@]} == 0)) || rmdir "${systemd_made[@]}"
      return 1
    fi
    systemd_made+=("$group/grid-check-$$")
  done
  mkdir -p "$root/etc/systemd/system"
  for unit in "${systemd_masked[@]}"; do ln -sf /dev/null "$root/etc/systemd/system/$unit"; done
  echo uninitialized >"$root/etc/machine-id"
  # It ends with this script, however that ends.
  # shellcheck disable=SC2016 # the inner shell expands it
  INSIDE=$systemd_inside ROOT=$root setpriv --pdeathsig KILL sh -c '
    for group; do echo $$ >"$group/cgroup.procs" || exit; done
    exec unshare --mount --pid --uts --ipc --net --cgroup --fork --kill-child sh -c "$INSIDE" sh "$ROOT"' \
    sh "${systemd_made[@]}" >"$SYSTEMD_LOG" 2>&1 </dev/null &
  systemd_outer=$!
  up() {
    ! kill -0 "$systemd_outer" 2>/dev/null && return
    SYSTEMD=$(pgrep -P "$systemd_outer") || return 1
    [[ $(systemd_do systemctl is-active multi-user.target 2>/dev/null) == active ]]
  }
  await up && kill -0 "$systemd_outer" 2>/dev/null && return
  lacking="no systemd runs as process 1 of namespaces here: $(tail -n 1 "$SYSTEMD_LOG")"
  systemd_end
  return 1
}

systemd_do() {
  nsenter --target "$SYSTEMD" --mount --pid --uts --ipc --net --cgroup env -i \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "$@"
}

systemd_end() {
  [[ -n ${systemd_outer-} ]] || return 0
  # Process 1 of its own: everything there ends with it.
  [[ -z ${SYSTEMD-} ]] || kill -9 "$SYSTEMD" 2>/dev/null || :
  kill -9 "$systemd_outer" 2>/dev/null || :
  wait "$systemd_outer" 2>/dev/null || :
  systemd_outer='' SYSTEMD=''
  emptied() { find "${systemd_made[@]}" -depth -type d -exec rmdir {} + 2>/dev/null || [[ ! -e ${systemd_made[-1]} ]]; }
  await emptied || fail 'the control groups of systemd are removed'
}

# What is run in the namespaces first: mounts what a systemd needs, takes the root for its own, and becomes systemd.
# shellcheck disable=SC2016 # likewise
systemd_inside='
set -e
root=$1
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
if [ -e /sys/fs/cgroup/cgroup.procs ]; then
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
else
  mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"
  mkdir "$root/sys/fs/cgroup/systemd" "$root/sys/fs/cgroup/unified"
  mount -t cgroup -o none,name=systemd systemd "$root/sys/fs/cgroup/systemd"
  [ ! -e /sys/fs/cgroup/unified/cgroup.procs ] || mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup/unified"
fi
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t tmpfs tmpfs "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
cd "$root"
mkdir -p mnt/old
pivot_root . mnt/old
umount -l /mnt/old
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
  /lib/systemd/systemd --log-target=console --show-status=0
'
