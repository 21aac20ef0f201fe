#!/bin/bash
# In the guest: what ext4 and xfs give back by fstrim and by the mount option discard, on the target's LUN 0 and LUN 1, whose data is lost.
# Usage: trim.sh PORT IQN      at /host/ask-WHAT the host looks how large its image files are, and makes /host/ok-WHAT
# Prints `step NAME` before each step, so that a failure says where.
set -euo pipefail

portal=127.0.0.1:$1 iqn=$2
step() { echo "step $* [$(cut -d' ' -f1 /proc/uptime) s]"; }
ask() { sync; touch "/host/ask-$1"; until [ -e "/host/ok-$1" ]; do sleep 0.1; done; }
disk_at() { lsscsi -t | awk -v lun=":$1]" '/iqn/ && index($1, lun) {print $NF}'; }
fill() { for ((i = 0; i < 8; i++)); do dd if=/dev/urandom of="/mnt/file$i" bs=1M count=4 conv=fsync status=none; done; }

modprobe -a iscsi_tcp sd_mod ext4 xfs crc32c_generic
iscsid
iscsiadm -m discovery -t sendtargets -p "$portal" >/dev/null
step login
iscsiadm -m node -T "$iqn" -p "$portal" --login
for ((tries = 0; tries < 100; tries++)); do [ ! -b "$(disk_at 0)" ] || [ ! -b "$(disk_at 1)" ] || break; sleep 0.1; done
disks=([0]=$(disk_at 0) [1]=$(disk_at 1))
lsblk -D "${disks[@]}"

lun=0
for kind in ext4 xfs; do
  disk=${disks[$lun]} lun=$((lun + 1))
  step "$kind, fstrim"
  case $kind in ext4) mkfs.ext4 -q -F "$disk" ;; xfs) mkfs.xfs -q -f "$disk" ;; esac
  mount "$disk" /mnt
  fill; (cd /mnt && sha256sum file1 file6) >/tmp/sums
  ask "$kind-filled"
  rm /mnt/file[02-57]; sync
  fstrim -v /mnt | tee /tmp/trimmed
  ask "$kind-trimmed"
  step "$kind, discard"
  umount /mnt; mount -o discard "$disk" /mnt
  fill
  (cd /mnt && sha256sum file1 file6) >/tmp/sums
  ask "$kind-filled-again"
  rm /mnt/file[02-57]; sync
  ask "$kind-discarded"
  umount /mnt; echo 3 >/proc/sys/vm/drop_caches; mount "$disk" /mnt
  (cd /mnt && sha256sum --quiet -c /tmp/sums)
  umount /mnt
  step "$kind, check"
  case $kind in ext4) fsck.ext4 -fn "$disk" ;; xfs) xfs_repair -n "$disk" >/tmp/repair 2>&1 || { cat /tmp/repair; exit 1; } ;; esac
done
iscsiadm -m node -T "$iqn" --logout
if dmesg | grep -iE 'I/O error|XFS.*(corrupt|error)|EXT4-fs error'; then exit 1; fi
step end
