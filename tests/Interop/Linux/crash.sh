#!/bin/bash
# In the guest: the target at 127.0.0.1:PORT dies under load and comes back; nothing that was fsynced may be lost.
# Usage: crash.sh PORT IQN      asks the host by /host/crash to kill and restart the target; the host answers by /host/restarted
set -euo pipefail

portal=127.0.0.1:$1 iqn=$2
step() { echo "step $* [$(cut -d' ' -f1 /proc/uptime) s]"; }
node=(iscsiadm -m node -T "$iqn" -p "$portal")

modprobe -a iscsi_tcp sd_mod ext4 crc32c_generic
iscsid
step login
iscsiadm -m discovery -t sendtargets -p "$portal"
"${node[@]}" --login
for ((tries = 0; tries < 100; tries++)); do
  disk=$(lsscsi -t | awk '/ disk / && /iqn/ && $NF ~ "^/dev/sd" {print $NF; exit}')
  [ -z "$disk" ] || break
  sleep 0.1
done
[ -n "$disk" ]
mkfs.ext4 -q -F "$disk"
mount "$disk" /mnt

step load
# Each file is written and fsynced; only then its sum goes to the list of what must survive.
( for ((i = 0; ; i++)); do
    head -c $((4096 + i * 977 % 60000)) /dev/urandom >/tmp/piece
    dd if=/tmp/piece of="/mnt/kept$i" conv=fsync status=none || exit 1
    (cd /tmp && sha256sum piece) | sed "s/piece/kept$i/" >>/tmp/kept
    [ ! -e /tmp/enough ] || exit 0
  done ) &
keeper=$!
fio --name=verify --filename=/mnt/fio --size=24M --rw=randwrite --bs=4k --ioengine=libaio --iodepth=8 --direct=1 \
  --verify=crc32c --verify_fatal=1 --do_verify=1 >/tmp/fio 2>&1 &
fio=$!
until [ "$(wc -l </tmp/kept 2>/dev/null || echo 0)" -ge 10 ]; do sleep 0.1; done
before=$(wc -l </tmp/kept)
step crash
touch /host/crash
until [ -e /host/restarted ]; do sleep 0.1; done
step "restarted, $before files were kept before"
# Progress beyond the crash shows that the session is back.
until [ "$(wc -l </tmp/kept)" -ge $((before + 10)) ]; do kill -0 $keeper; sleep 0.1; done
touch /tmp/enough
wait $keeper
step "recovered, $(wc -l </tmp/kept) files kept"
wait $fio || { cat /tmp/fio; exit 1; }
grep -E 'WRITE:|READ:|err= 0' /tmp/fio
step verify
umount /mnt
echo 3 >/proc/sys/vm/drop_caches
mount "$disk" /mnt
(cd /mnt && sha256sum --quiet -c /tmp/kept)
umount /mnt
fsck.ext4 -fn "$disk"
step logout
"${node[@]}" --logout
dmesg | grep -iE 'iscsi|connection[0-9]' | tail -10
dmesg | grep -q 'detected conn error'      # the crash was seen, so the recovery was one
if dmesg | grep -iE 'I/O error'; then exit 1; fi
step end
