#!/bin/bash
# In the guest: the kernel's initiator against the target at 127.0.0.1:PORT, LUN's data is lost.
# Usage: session.sh PORT IQN DIGEST...      each DIGEST (None or CRC32C, for header and data) is a session of its own
# Prints `step NAME` before each step, so that a failure says where.
set -euo pipefail

portal=127.0.0.1:$1 iqn=$2; shift 2
step() { echo "step $* [$(cut -d' ' -f1 /proc/uptime) s]"; }
node=(iscsiadm -m node -T "$iqn" -p "$portal")

wait_for_disk() {
  for ((tries = 0; tries < 100; tries++)); do
    disk=$(lsscsi -t | awk '/ disk / && /iqn/ && $NF ~ "^/dev/sd" {print $NF; exit}')
    [ -z "$disk" ] || return 0
    sleep 0.1
  done
  echo "no disk appeared"; lsscsi -t; return 1
}

modprobe -a iscsi_tcp sd_mod ext4 crc32c_generic
iscsid
step discovery
iscsiadm -m discovery -t sendtargets -p "$portal" | tee /tmp/found
grep -qF "$portal,1 $iqn" /tmp/found

for digest; do
  for key in HeaderDigest DataDigest; do "${node[@]}" -o update -n "node.conn[0].iscsi.$key" -v "$digest"; done
  step "login $digest"
  "${node[@]}" --login
  wait_for_disk
  iscsiadm -m session -P 3 | tee /tmp/session | grep -E 'State|Digest|Data|Burst|R2T|Initial|Attached'
  [ "$(awk '$1 == "HeaderDigest:" || $1 == "DataDigest:" {print $2}' /tmp/session | sort -u)" = "$digest" ]
  grep -q 'iSCSI Connection State: LOGGED IN' /tmp/session
  sg_inq "$disk"
  sg_readcap --long "$disk"
  sg_vpd --page=di "$disk"
  sg_luns "$disk"
  step mkfs
  mkfs.ext4 -q -F "$disk"
  mount "$disk" /mnt
  step files
  for i in 1 2 3 4 5 6; do head -c $((i * 700001)) /dev/urandom >"/mnt/file$i"; done
  (cd /mnt && sha256sum file?) >/tmp/sums
  sync; umount /mnt; echo 3 >/proc/sys/vm/drop_caches; mount "$disk" /mnt
  (cd /mnt && sha256sum --quiet -c /tmp/sums)
  step fio
  fio --name=verify --filename=/mnt/fio --size=16M --rw=randrw --bsrange=4k-64k --ioengine=libaio --iodepth=8 \
    --direct=1 --verify=crc32c --verify_fatal=1 --end_fsync=1 >/tmp/fio 2>&1 || { cat /tmp/fio; exit 1; }
  grep -E 'READ:|WRITE:|err= 0' /tmp/fio
  step trim
  rm /mnt/file1 /mnt/file3
  fstrim -v /mnt || echo "the disk is not thin"
  step unmount
  umount /mnt
  fsck.ext4 -fn "$disk"
  step "logout $digest"
  "${node[@]}" --logout
  if iscsiadm -m session 2>/dev/null; then echo "a session is left"; exit 1; fi
done
step kernel
dmesg | grep -iE 'iscsi|connection[0-9]|I/O error|Buffer I/O|digest|sense key' | tail -20
if dmesg | grep -iE 'I/O error|detected conn error|digest error'; then exit 1; fi
step end
